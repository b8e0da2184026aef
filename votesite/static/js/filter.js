// Finds candidates while one types, and unfolds groups, without asking the server again.
(() => {
  'use strict';
  const form = document.querySelector('[data-filter]');
  const list = document.querySelector('[data-list]');
  if (!list) return;

  list.addEventListener('click', (event) => {
    const link = event.target.closest('[data-unfold]');
    if (!link) return;
    const group = document.getElementById(link.getAttribute('data-unfold'));
    const all = group ? [group] : [...list.querySelectorAll('.cards')];
    if (!all.length) return;
    event.preventDefault();
    const hidden = all[0].querySelector('li:nth-child(5) a') || all[0].querySelector('a');
    all.forEach((cards) => { cards.classList.remove('is-folded'); });
    if (!list.querySelector('.is-folded')) {
      list.querySelectorAll('[data-unfold=""]').forEach((more) => { more.hidden = true; });
    }
    if (group) link.hidden = true;
    if (hidden) hidden.focus({ preventScroll: true });
  });

  // Back from a dossier to its card, also where that is folded away.
  const card = /^#c[0-9]+$/.test(location.hash) && document.getElementById(location.hash.slice(1));
  if (card && list.contains(card)) {
    const cards = card.closest('.is-folded');
    if (cards) {
      cards.classList.remove('is-folded');
      const more = list.querySelector(`[data-unfold="${cards.id}"]`);
      if (more) more.hidden = true;
      card.scrollIntoView();
    }
  }

  if (!form || !list.hasAttribute('data-whole')) return;
  const input = form.querySelector('input');
  const says = document.querySelector('[data-found]');
  const items = [...list.querySelectorAll('[data-item]')].map((item) => {
    const [no, ...keys] = item.getAttribute('data-item').split(' ');
    return { row: item.parentNode, no, keys };
  });
  // Blanks, punctuation and signs: what the server's comparison leaves out as well.
  const ranges = [
    '\\ufe00-\\ufe6f',
    '\\u0000-\\u002f\\u003a-\\u0040\\u005b-\\u0060\\u007b-\\u00a9\\u00ab-\\u00b4\\u00b6-\\u00b9',
    '\\u00bb-\\u00bf\\u00d7\\u00f7\\u2000-\\u206f\\u20a0-\\u20cf\\u2190-\\u2bff\\u2e00-\\u2e7f',
    '\\u3000-\\u3004\\u3008-\\u3020\\u3030\\u303d-\\u303f\\u30fb\\ufeff'
  ];
  const between = new RegExp(`[${ranges.join('')}]`, 'g');

  function folded(text) {
    return text.normalize('NFKC').toLowerCase().replace(between, '').replace(/ü/g, 'v');
  }

  // Typed traditional characters in their simplified form, of which every row has a key.
  const forms = [...list.getAttribute('data-forms') || ''];

  function simplified(text) {
    return [...text].map((char) => {
      const place = forms.findIndex((older, i) => i % 2 === 0 && older === char);
      return place < 0 ? char : forms[place + 1];
    }).join('');
  }

  function search() {
    const wanted = folded(input.value);
    const simple = simplified(wanted);
    const number = wanted.replace(/^0+/, '');
    let found = 0;
    list.classList.toggle('is-searching', wanted !== '');
    items.forEach((item) => {
      const fits = !wanted || item.no === number ||
        item.keys.some((key) => key.includes(wanted) || key.includes(simple));
      item.row.classList.toggle('is-out', !fits);
      if (fits) found += 1;
    });
    list.querySelectorAll('[data-group]').forEach((group) => {
      group.classList.toggle('is-out', !group.querySelector('li:not(.is-out)'));
    });
    if (says) {
      says.hidden = !wanted;
      says.textContent = found ? says.getAttribute('data-some').replace('{n}', found) : says.getAttribute('data-none');
    }
  }

  let waiting;
  input.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, 80);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    search();
    input.blur();
    (says && !says.hidden ? says : form).scrollIntoView({ block: 'start' });
    // Not on the ballot: nothing about a ballot ever stands in an address.
    if (!list.hasAttribute('data-ballot')) {
      const query = input.value ? `?q=${encodeURIComponent(input.value)}#candidates` : '?';
      history.replaceState(history.state, '', query);
    }
  });
  if (input.value) search();
})();
