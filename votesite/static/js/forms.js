// Small help for forms: counts characters, leads to faults, keeps drafts on this phone or computer.
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
      privately(form).forEach((field) => {
        now[field.name] = field.type === 'checkbox' ? field.checked : field.value;
      });
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

  // Forms of the desk: what is typed stays here until the site has stored it, and leaving asks.
  if (document.querySelector('.notice-ok')) forgetSent();
  document.querySelectorAll('form[data-guard]').forEach(guard);

  function guard(form) {
    const key = `desk:${form.getAttribute('data-guard')}`;
    const seen = form.elements.namedItem('seen');
    const comesBack = form.hasAttribute('data-unsaved');
    const kept = read(key);
    let touched = comesBack;
    let sending = false;
    if (kept.values && !comesBack) {
      const isStored = kept.sent && seen && kept.seen !== seen.value;
      if (isStored || JSON.stringify(kept.values) === JSON.stringify(valuesOf(form))) forget(key);
      else {
        offer(form, () => {
          fill(form, kept.values);
          if (seen && kept.seen) seen.value = kept.seen;
          touched = true;
        }, () => forget(key));
      }
    }
    form.addEventListener('input', () => {
      touched = true;
      keep(false);
    });
    form.addEventListener('submit', () => {
      sending = true;
      if (touched) keep(true);
    });
    window.addEventListener('pageshow', () => { sending = false; });
    window.addEventListener('beforeunload', (event) => {
      if (!touched || sending) return;
      event.preventDefault();
      event.returnValue = '';
    });

    function keep(sent) {
      write(key, { seen: seen ? seen.value : '', sent, values: valuesOf(form) });
    }
  }

  function offer(form, restore, drop) {
    const place = form.querySelector('[data-draft-offer]');
    if (!place) return;
    place.hidden = false;
    [['[data-draft-restore]', restore], ['[data-draft-drop]', drop]].forEach(([name, act]) => {
      place.querySelector(name).addEventListener('click', () => {
        act();
        place.hidden = true;
      });
    });
  }

  // Values by name, in the order of the form; of boxes and choices whether they are ticked.
  function valuesOf(form) {
    const values = {};
    typed(form).forEach((field) => {
      (values[field.name] = values[field.name] || []).push(isBox(field) ? field.checked : field.value);
    });
    return values;
  }

  function fill(form, values) {
    const places = {};
    typed(form).forEach((field) => {
      const place = places[field.name] = (places[field.name] === undefined ? 0 : places[field.name] + 1);
      const value = (values[field.name] || [])[place];
      if (value === undefined) return;
      if (isBox(field)) field.checked = value;
      else field.value = value;
      field.dispatchEvent(new Event('input', { bubbles: true }));
    });
  }

  function isBox(field) {
    return field.type === 'checkbox' || field.type === 'radio';
  }

  // Never names and passwords of colleagues, nor what was hidden in the page.
  function typed(form) {
    return [...form.elements].filter((field) => field.name && !field.disabled &&
      !/^(contact|code|colleague)$/.test(field.name) &&
      /^(text|url|email|tel|number|datetime-local|textarea|select-one|checkbox|radio)$/.test(field.type));
  }

  function forgetSent() {
    try {
      Object.keys(localStorage).filter((key) => key.startsWith('desk:') && read(key).sent).forEach(forget);
    } catch (e) { /* no storage */ }
  }

  function forget(key) {
    try { localStorage.removeItem(key); } catch (e) { /* no storage */ }
  }

  // Files that together are larger than a form may be: said before they are sent in vain.
  document.querySelectorAll('input[type=file][data-most]').forEach((input) => {
    input.addEventListener('change', () => {
      const size = [...input.files].reduce((sum, file) => sum + file.size, 0);
      const isTooMuch = size > Number(input.getAttribute('data-most'));
      input.setCustomValidity(isTooMuch ? input.getAttribute('data-too-much') : '');
      if (isTooMuch) input.reportValidity();
    });
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
