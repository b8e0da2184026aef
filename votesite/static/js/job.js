// Asks how far a piece of long work is, and for the page anew once it has ended.
(() => {
  'use strict';
  const PAUSE = 2000;
  const place = document.querySelector('[data-job]');
  if (!place) return;
  const address = place.getAttribute('data-job');
  const words = place.querySelector('[data-progress-words]');
  const bar = place.querySelector('progress');

  function show(told) {
    if (words.textContent !== told.says) words.textContent = told.says;
    bar.setAttribute('aria-label', told.says);
    if (told.total) {
      bar.max = told.total;
      bar.value = told.done;
    }
  }

  function ask() {
    fetch(address, { headers: { Accept: 'application/json' }, credentials: 'same-origin', cache: 'no-store' })
      .then((answer) => answer.ok ? answer.json() : null)
      .then((told) => {
        if (told && told.state !== 'waiting' && told.state !== 'running') {
          location.replace(address);
          return;
        }
        if (told) show(told);
        setTimeout(ask, PAUSE);
      })
      .catch(() => { setTimeout(ask, PAUSE * 2); });
  }

  setTimeout(ask, PAUSE);
})();
