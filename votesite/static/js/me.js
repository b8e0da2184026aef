// Puts what is personal into a page that is the same for everybody: ballots left, when again.
(() => {
  'use strict';
  const places = [...document.querySelectorAll('[data-me]')];
  if (!places.length || !window.fetch) return;

  function sentence(place, me, now) {
    if (!me.identified || me.remaining === null) return '';
    if (me.remaining > 0) return place.getAttribute('data-left').replace('{n}', me.remaining);
    if (!me.next_at) return place.getAttribute('data-none');
    return place.getAttribute('data-next').replace('{when}', words(place, me.next_at, now));
  }

  function dayOf(moment) { return new Date(moment + 8 * 3600000).toISOString().slice(0, 10); }

  function words(place, at, now) {
    const day = at.slice(0, 10);
    const clock = at.slice(11, 16).replace(/^0/, '');
    if (day === dayOf(now)) return clock;
    if (day === dayOf(now + 24 * 3600000)) return `${place.getAttribute('data-tomorrow')} ${clock}`;
    return `${Number(day.slice(5, 7))}-${Number(day.slice(8))} ${clock}`;
  }

  // Nothing is left to cast: the large button leads to the receipts instead.
  function finish(place) {
    const action = place.closest('a');
    if (!action || !place.hasAttribute('data-done')) return;
    action.href = '/my/';
    action.removeAttribute('data-pick');
    (action.querySelector('span') || action).textContent = place.getAttribute('data-done');
  }

  function fill(place, me, now) {
    const text = place.hasAttribute('data-left') ? sentence(place, me, now) : '';
    if (text) place.textContent = text;
    if (me.identified && me.remaining === 0) finish(place);
  }

  // By the server's clock: the phone's may be a day off.
  function ask(address) {
    fetch(address, { headers: { Accept: 'application/json' }, credentials: 'same-origin' })
      .then((answer) => {
        const now = Date.parse(answer.headers.get('Date')) || Date.now();
        return answer.ok ? answer.json().then((me) => ({ me, now })) : null;
      })
      .then((told) => {
        if (!told) return;
        places.filter((place) => place.getAttribute('data-me') === address)
          .forEach((place) => { fill(place, told.me, told.now); });
      })
      .catch(() => { /* the rule's sentence stays */ });
  }

  new Set(places.map((place) => place.getAttribute('data-me'))).forEach(ask);
})();
