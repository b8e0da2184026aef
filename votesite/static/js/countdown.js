// Ticks by the server's clock; at zero asks for the page anew and says what has begun or ended.
(() => {
  'use strict';
  const REST = 20000;
  const MOST = 10;
  const key = `zero:${location.pathname}`;
  const address = location.pathname + location.search;
  const places = [...document.querySelectorAll('[data-countdown]')];
  const begun = Date.now();
  let waiting = false;
  let asked = false;
  let known = null;
  sayWhatCame();
  if (!places.length) return;

  function two(n) { return (n < 10 ? '0' : '') + n; }

  function put(place, name, text) {
    const found = place.querySelector(`[data-${name}]`);
    if (found && found.textContent !== text) found.textContent = text;
  }

  // What has gone by since the page was asked for: a phone asleep halts one clock, never both.
  function passed() { return Math.max(performance.now(), Date.now() - begun); }

  // The page names the minute in which it was made, the same for everybody; the second comes
  // with the server's answer, asked for only where it matters.
  function leftOf(place) {
    const written = place.getAttribute('data-now');
    let now = Date.now();
    if (written) now = known ? known.at + passed() - known.passed : Date.parse(written) + passed();
    return Date.parse(place.getAttribute('data-countdown')) - now;
  }

  function askTheSecond() {
    if (asked) return;
    asked = true;
    const since = passed();
    fetch(location.pathname, { method: 'HEAD', cache: 'no-store' }).then((answer) => {
      const at = Date.parse(answer.headers.get('Date'));
      if (at) known = { at, passed: since };
    }).catch(() => { /* the minute has to do */ });
  }

  function tick() {
    let next = known || !asked ? 10000 : 1000;
    places.forEach((place) => {
      const left = leftOf(place);
      const minutes = Math.max(Math.ceil(left / 60000), 0);
      put(place, 'days', String(Math.floor(minutes / 1440)));
      put(place, 'hours', two(Math.floor(minutes % 1440 / 60)));
      put(place, 'minutes', two(minutes % 60));
      if (!place.hasAttribute('data-now')) return;
      if (left < 180000) askTheSecond();
      if (left <= 0) askAnew(place);
      else next = Math.min(next, left + 100);
    });
    setTimeout(tick, next);
  }

  function read() {
    try { return JSON.parse(sessionStorage.getItem(key)); } catch (e) { return null; }
  }

  // Not everybody in the same second; then rarely, and not for ever. The page is left only for
  // another one: whatever is typed or chosen in it stays as long as nothing has changed.
  function askAnew(place) {
    const at = place.getAttribute('data-countdown');
    const before = read();
    const times = before && before.at === at ? before.times : 0;
    if (waiting || times >= MOST) return;
    waiting = true;
    setTimeout(() => {
      try {
        sessionStorage.setItem(key, JSON.stringify({ at, times: times + 1, words: place.getAttribute('data-over') }));
      } catch (e) { return; /* nothing would count the attempts */ }
      fetch(address, { cache: 'no-store', credentials: 'same-origin' })
        .then((answer) => answer.ok ? answer.text() : null)
        .then((html) => {
          waiting = false;
          if (html && !waitsFor(new DOMParser().parseFromString(html, 'text/html'), at)) leave();
        })
        .catch(() => { waiting = false; });
    }, times ? REST : Math.random() * 3000);
  }

  function waitsFor(page, at) {
    return [...page.querySelectorAll('[data-countdown]')].some((place) => place.getAttribute('data-countdown') === at);
  }

  // Never a reload: the page may be the answer to a form, which must not be sent again.
  function leave() {
    document.dispatchEvent(new CustomEvent('zero'));
    location.replace(address);
  }

  function sayWhatCame() {
    const before = read();
    if (!before || waitsFor(document, before.at)) return;
    try { sessionStorage.removeItem(key); } catch (e) { /* no storage */ }
    if (!before.words) return;
    const said = document.createElement('p');
    said.className = 'came';
    said.setAttribute('role', 'status');
    const page = document.querySelector('.page') || document.body;
    page.insertBefore(said, page.firstChild);
    setTimeout(() => { said.textContent = before.words; }, 0);
  }

  tick();
})();
