// Asks now and then whether the figures have moved, and then puts the new ones in place.
(() => {
  'use strict';
  const live = document.querySelector('[data-results]');
  if (!live || !window.fetch || !window.DOMParser) return;
  const source = live.getAttribute('data-results');
  const pause = Math.max(Number(live.getAttribute('data-every')) || 30, 10) * 1000;
  let stamp = live.getAttribute('data-as-of');

  function ask() {
    if (document.hidden) return;
    fetch(source, { cache: 'no-cache', headers: { Accept: 'application/json' } })
      .then((answer) => answer.ok ? answer.json() : null)
      .then((figures) => {
        const found = figures && `${figures.as_of}|${figures.ballots}`;
        if (!found || found === stamp) return null;
        stamp = found;
        return fetch(location.pathname + location.search, { cache: 'no-cache' })
          .then((answer) => answer.ok ? answer.text() : null)
          .then(replace);
      })
      .catch(() => { /* asked again later */ });
  }

  function replace(html) {
    if (!html) return;
    const page = new DOMParser().parseFromString(html, 'text/html');
    document.querySelectorAll('[data-live]').forEach((old) => {
      const fresh = page.querySelector(`[data-live="${old.getAttribute('data-live')}"]`);
      if (fresh && fresh.innerHTML !== old.innerHTML) old.innerHTML = fresh.innerHTML;
    });
  }

  setInterval(ask, pause);
})();
