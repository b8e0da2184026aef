// Small help for forms: counts characters, leads to faults, keeps a draft on this phone.
(() => {
  'use strict';
  const summary = document.querySelector('[data-focus]');
  if (summary) summary.focus();

  document.querySelectorAll('[data-count]').forEach((input) => {
    const place = document.getElementById(input.getAttribute('data-count'));
    if (!place) return;
    input.addEventListener('input', () => {
      place.textContent = `${input.value.length} / ${place.getAttribute('data-of')}`;
    });
  });

  document.querySelectorAll('form[data-draft]').forEach((form) => {
    const key = `draft:${form.getAttribute('data-draft')}`;
    const kept = read(key);
    fields(form).forEach((field) => {
      if (!field.value && kept[field.name]) field.value = kept[field.name];
    });
    const besides = once(key);
    privately(form).forEach((field) => {
      if (field.type === 'checkbox') field.checked = field.checked || Boolean(besides[field.name]);
      else if (!field.value && besides[field.name]) field.value = besides[field.name];
    });
    document.addEventListener('zero', () => {
      const now = {};
      privately(form).forEach((field) => { now[field.name] = field.type === 'checkbox' ? field.checked : field.value; });
      try { sessionStorage.setItem(key, JSON.stringify(now)); } catch (e) { /* no storage */ }
    });
    form.addEventListener('input', () => {
      const now = {};
      fields(form).forEach((field) => { now[field.name] = field.value; });
      write(key, now);
    });
  });

  document.querySelectorAll('[data-draft-clear]').forEach((place) => {
    try { localStorage.removeItem(`draft:${place.getAttribute('data-draft-clear')}`); } catch (e) { /* no storage */ }
  });

  // The form is shut: what was not sent in time can still be read and copied.
  document.querySelectorAll('[data-draft-kept]').forEach((place) => {
    const key = `draft:${place.getAttribute('data-draft-kept')}`;
    const kept = read(key);
    once(key);
    place.querySelectorAll('[data-kept]').forEach((row) => {
      const words = kept[row.getAttribute('data-kept')];
      row.hidden = !words;
      row.querySelector('dd').textContent = words || '';
    });
    place.hidden = !Object.keys(kept).some((name) => kept[name]);
  });

  // Never the telephone number: others may use this phone too.
  function fields(form) {
    return [...form.elements].filter((field) => field.name && !/^(csrf_token|contact)$/.test(field.name) &&
      /^(text|url|textarea|select-one)$/.test(field.type));
  }

  // What a page that is left at its end hands to the next one in this window, once.
  function privately(form) {
    return [...form.elements].filter((field) => /^(contact|consent)$/.test(field.name));
  }

  function once(key) {
    try {
      const words = sessionStorage.getItem(key);
      sessionStorage.removeItem(key);
      return JSON.parse(words) || {};
    } catch (e) { return {}; }
  }

  function read(key) {
    try { return JSON.parse(localStorage.getItem(key)) || {}; } catch (e) { return {}; }
  }

  function write(key, value) {
    try { localStorage.setItem(key, JSON.stringify(value)); } catch (e) { /* no storage */ }
  }
})();
