// Asks now and then whether the figures have moved, and then puts the new ones in place.
(function () {
  'use strict';
  var live = document.querySelector('[data-results]');
  if (!live || !window.fetch || !window.DOMParser) return;
  var source = live.getAttribute('data-results');
  var pause = Math.max(Number(live.getAttribute('data-every')) || 30, 10) * 1000;
  var stamp = live.getAttribute('data-as-of');

  function ask() {
    if (document.hidden) return;
    fetch(source, { cache: 'no-cache', headers: { Accept: 'application/json' } })
      .then(function (answer) { return answer.ok ? answer.json() : null; })
      .then(function (figures) {
        var found = figures && figures.as_of + '|' + figures.ballots;
        if (!found || found === stamp) return null;
        stamp = found;
        return fetch(location.pathname + location.search, { cache: 'no-cache' })
          .then(function (answer) { return answer.ok ? answer.text() : null; })
          .then(replace);
      })
      .catch(function () { /* asked again later */ });
  }

  function replace(html) {
    if (!html) return;
    var page = new DOMParser().parseFromString(html, 'text/html');
    document.querySelectorAll('[data-live]').forEach(function (old) {
      var fresh = page.querySelector('[data-live="' + old.getAttribute('data-live') + '"]');
      if (fresh && fresh.innerHTML !== old.innerHTML) old.innerHTML = fresh.innerHTML;
    });
  }

  setInterval(ask, pause);
})();
