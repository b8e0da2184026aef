// Ticks what the server has written; at zero the page is asked for anew, once.
(() => {
  'use strict';
  const places = document.querySelectorAll('[data-countdown]');
  if (!places.length) return;

  function two(n) { return (n < 10 ? '0' : '') + n; }

  function put(place, name, text) {
    const found = place.querySelector(`[data-${name}]`);
    if (found && found.textContent !== text) found.textContent = text;
  }

  function tick() {
    places.forEach((place) => {
      const left = Math.ceil((Date.parse(place.getAttribute('data-countdown')) - Date.now()) / 60000);
      if (left < 0) return;
      put(place, 'days', String(Math.floor(left / 1440)));
      put(place, 'hours', two(Math.floor(left % 1440 / 60)));
      put(place, 'minutes', two(left % 60));
    });
  }

  tick();
  setInterval(tick, 10000);
})();
