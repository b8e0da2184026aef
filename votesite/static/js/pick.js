// "选 07 号" on a dossier: the pick waits in this page's session storage for the ballot.
(function () {
  'use strict';
  var link = document.querySelector('[data-pick]');
  if (!link) return;
  link.addEventListener('click', function () {
    var key = 'picks:' + link.getAttribute('data-campaign');
    try {
      var picks = JSON.parse(sessionStorage.getItem(key)) || [];
      var no = link.getAttribute('data-pick');
      if (picks.indexOf(no) < 0) picks.push(no);
      sessionStorage.setItem(key, JSON.stringify(picks));
    } catch (e) { /* no storage: the link still leads to the row */ }
  });
})();
