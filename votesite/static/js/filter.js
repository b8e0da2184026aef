// Finds candidates while one types, and unfolds groups, without asking the server again.
(function () {
  'use strict';
  var form = document.querySelector('[data-filter]');
  var list = document.querySelector('[data-list]');
  if (!list) return;

  list.addEventListener('click', function (event) {
    var link = event.target.closest('[data-unfold]');
    if (!link) return;
    var group = document.getElementById(link.getAttribute('data-unfold'));
    var all = group ? [group] : Array.prototype.slice.call(list.querySelectorAll('.cards'));
    if (!all.length) return;
    event.preventDefault();
    var hidden = all[0].querySelector('li:nth-child(5) a') || all[0].querySelector('a');
    all.forEach(function (cards) { cards.classList.remove('is-folded'); });
    if (!list.querySelector('.is-folded')) {
      list.querySelectorAll('[data-unfold=""]').forEach(function (more) { more.hidden = true; });
    }
    if (group) link.hidden = true;
    if (hidden) hidden.focus({ preventScroll: true });
  });

  if (!form || !list.hasAttribute('data-whole')) return;
  var input = form.querySelector('input');
  var says = document.querySelector('[data-found]');
  var cards = Array.prototype.map.call(list.querySelectorAll('[data-item]'), function (card) {
    var words = card.getAttribute('data-item');
    var space = words.indexOf(' ');
    return { row: card.parentNode, no: words.slice(0, space), name: words.slice(space + 1).toLowerCase() };
  });

  function search() {
    var wanted = input.value.trim().toLowerCase();
    var number = wanted.replace(/^0+/, '');
    var found = 0;
    list.classList.toggle('is-searching', wanted !== '');
    cards.forEach(function (card) {
      var fits = !wanted || card.name.indexOf(wanted) >= 0 || card.no === number;
      card.row.classList.toggle('is-out', !fits);
      if (fits) found += 1;
    });
    list.querySelectorAll('[data-group]').forEach(function (group) {
      group.classList.toggle('is-out', !group.querySelector('li:not(.is-out)'));
    });
    if (says) {
      says.hidden = !wanted;
      says.textContent = found ? says.getAttribute('data-some').replace('{n}', found) : says.getAttribute('data-none');
    }
  }

  var waiting;
  input.addEventListener('input', function () {
    clearTimeout(waiting);
    waiting = setTimeout(search, 80);
  });
  form.addEventListener('submit', function (event) {
    event.preventDefault();
    search();
    input.blur();
  });
  if (input.value) search();
})();
