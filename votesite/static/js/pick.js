// "选 07 号" on a dossier: the pick waits in this page's session storage for the ballot.
(() => {
  'use strict';
  const link = document.querySelector('[data-pick]');
  if (!link) return;
  link.addEventListener('click', () => {
    if (!link.hasAttribute('data-pick')) return;
    const key = `picks:${link.getAttribute('data-campaign')}`;
    try {
      const picks = JSON.parse(sessionStorage.getItem(key)) || [];
      const no = link.getAttribute('data-pick');
      if (!picks.includes(no)) picks.push(no);
      sessionStorage.setItem(key, JSON.stringify(picks));
    } catch (e) { /* no storage: the link still leads to the row */ }
  });
})();
