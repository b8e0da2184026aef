// Puts what is personal into a page that is the same for everybody: ballots left, when again.
(() => {
  'use strict';
  const places = document.querySelectorAll('[data-me]');
  if (!places.length || !window.fetch) return;

  function sentence(place, me) {
    if (!me.identified || me.remaining === null) return '';
    if (me.remaining > 0) return place.getAttribute('data-left').replace('{n}', me.remaining);
    if (!me.next_at) return place.getAttribute('data-none');
    return place.getAttribute('data-next').replace('{when}', words(place, me.next_at));
  }

  function words(place, at) {
    const day = at.slice(0, 10);
    const clock = at.slice(11, 16).replace(/^0/, '');
    const tomorrow = new Date(Date.now() + 32 * 3600000).toISOString().slice(0, 10);
    const today = new Date(Date.now() + 8 * 3600000).toISOString().slice(0, 10);
    if (day === today) return clock;
    if (day === tomorrow) return `${place.getAttribute('data-tomorrow')} ${clock}`;
    return `${Number(day.slice(5, 7))}-${Number(day.slice(8))} ${clock}`;
  }

  // Nothing is left to cast: the large button leads to the receipts instead.
  function finish(place) {
    const action = place.closest('.dock-action');
    if (!action || !place.hasAttribute('data-done')) return;
    action.href = '/my/';
    action.removeAttribute('data-pick');
    action.querySelector('span').textContent = place.getAttribute('data-done');
  }

  fetch(places[0].getAttribute('data-me'), { headers: { Accept: 'application/json' }, credentials: 'same-origin' })
    .then((answer) => answer.ok ? answer.json() : null)
    .then((me) => {
      if (!me) return;
      places.forEach((place) => {
        const text = sentence(place, me);
        if (text) place.textContent = text;
        if (me.identified && me.remaining === 0) finish(place);
      });
    })
    .catch(() => { /* the rule's sentence stays */ });
})();
