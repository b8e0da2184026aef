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
    form.addEventListener('input', () => {
      const now = {};
      fields(form).forEach((field) => { now[field.name] = field.value; });
      write(key, now);
    });
  });

  document.querySelectorAll('[data-draft-clear]').forEach((place) => {
    try { localStorage.removeItem(`draft:${place.getAttribute('data-draft-clear')}`); } catch (e) { /* no storage */ }
  });

  // Never the telephone number: others may use this phone too.
  function fields(form) {
    return [...form.elements].filter((field) => field.name && !/^(csrf_token|contact)$/.test(field.name) &&
      /^(text|url|textarea|select-one)$/.test(field.type));
  }

  function read(key) {
    try { return JSON.parse(localStorage.getItem(key)) || {}; } catch (e) { return {}; }
  }

  function write(key, value) {
    try { localStorage.setItem(key, JSON.stringify(value)); } catch (e) { /* no storage */ }
  }
})();
