// A judge's score sheet: saves by itself, keeps what could not be sent under the judge's account until the
// site has it, adds sliders and half points by arrow keys. Every page works without this.
(() => {
  'use strict';
  const WAITS = [2000, 5000, 10000, 20000, 30000]; // milliseconds between two tries
  const PAUSE = 1200; // milliseconds after the last key
  const MIDDLE = 50; // where a slider or an arrow begins
  const LARGE = 5; // points by Page Up and Page Down

  document.querySelectorAll('[data-print]').forEach((button) => {
    button.parentNode.hidden = false;
    button.addEventListener('click', () => window.print());
  });
  document.querySelectorAll('[data-score]').forEach(equip);

  const place = document.querySelector('[data-saving]');
  if (!place) return;
  const key = `scores:${place.getAttribute('data-campaign')}:${place.getAttribute('data-account')}`;
  const form = document.querySelector('form[data-scores]');
  const category = form && form.elements.namedItem('category');
  const kept = read(key); // {name of a field: text}; of a recusal {"recused:…": [ticked, reason]}
  const refused = {}; // what the site does not take, until it is changed
  let timer = 0;
  let tries = 0;
  let sending = null;
  let isOver = false;
  let isStored = true;

  if (form) {
    fillIn();
    form.addEventListener('input', (event) => note(event.target));
    form.addEventListener('change', () => { if (waiting().length) soon(200); });
    form.addEventListener('submit', () => { isStored = true; });
  }
  document.querySelectorAll('form[data-hand-in], form[data-sign-out]').forEach((other) => {
    other.addEventListener('submit', (event) => sendFirst(event, other));
  });
  window.addEventListener('online', () => { tries = 0; soon(0); });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && waiting().length) { tries = 0; soon(0); }
  });
  window.addEventListener('beforeunload', (event) => {
    if (isStored) return;
    event.preventDefault();
    event.returnValue = '';
  });
  if (waiting().length) soon(0);

  // Numbers as people type them: full width, and the full stop of a Chinese keyboard.
  function pointsOf(text) {
    const plain = text.normalize('NFKC').replace(/\s/g, '').replace('。', '.');
    return /^\d{1,3}(\.\d?)?$/.test(plain) && Number(plain) <= 100 ? Number(plain) : null;
  }

  function equip(input) {
    const slider = sliderFor(input);
    const line = input.closest('[data-candidate]');
    const show = () => {
      const points = pointsOf(input.value);
      slider.value = points === null ? MIDDLE : points;
      slider.classList.toggle('is-unset', points === null);
      if (line) addUp(line);
    };
    const put = (points) => {
      input.value = String(Math.min(Math.max(Math.round(points * 10) / 10, 0), 100));
      input.dispatchEvent(new Event('input', { bubbles: true }));
    };
    slider.addEventListener('input', (event) => {
      event.stopPropagation();
      put(Number(slider.value));
    });
    input.addEventListener('input', show);
    input.addEventListener('keydown', (event) => {
      const steps = { ArrowUp: 0.5, ArrowDown: -0.5, PageUp: LARGE, PageDown: -LARGE }[event.key];
      if (event.key === 'Enter' && !event.isComposing) {
        event.preventDefault();
        const all = [...document.querySelectorAll('[data-score]')];
        const next = all[all.indexOf(input) + 1];
        if (next) { next.focus(); next.select(); }
      }
      if (!steps || event.isComposing) return;
      event.preventDefault();
      const points = pointsOf(input.value);
      put(points === null ? MIDDLE : points + steps);
    });
    show();
  }

  // For the finger and the mouse; by keyboard the field itself takes the arrows.
  function sliderFor(input) {
    const slider = document.createElement('input');
    const given = { type: 'range', min: 0, max: 100, step: 0.5, tabindex: -1, 'aria-hidden': true };
    Object.keys(given).forEach((name) => slider.setAttribute(name, given[name]));
    slider.disabled = input.matches(':disabled');
    input.insertAdjacentElement('afterend', slider);
    return slider;
  }

  // The weighted total, half up to two decimals, as the site writes it.
  function addUp(line) {
    const total = line.querySelector('[data-total]');
    if (!total) return;
    let sum = 0;
    const isWhole = [...line.querySelectorAll('[data-score]')].every((input) => {
      const points = pointsOf(input.value);
      sum += Math.round((points || 0) * 10) * Number(input.getAttribute('data-weight'));
      return points !== null;
    });
    total.textContent = isWhole ? (Math.floor((sum + 5) / 10) / 100).toFixed(2) : '–';
  }

  function note(field) {
    if (field.hasAttribute('data-kept')) kept[field.name] = field.value;
    else if (category && (field.name === 'recused' || field.name === 'reason')) {
      const box = form.elements.namedItem('recused');
      kept[`recused:${category.value}`] = [box.checked, form.elements.namedItem('reason').value];
    } else return;
    delete refused[field.name];
    keep();
    soon(PAUSE);
  }

  // What this device still has and the site has not, back into the fields.
  function fillIn() {
    Object.keys(kept).forEach((name) => {
      const field = form.elements.namedItem(name);
      if (field && field.value !== kept[name]) {
        field.value = kept[name];
        field.dispatchEvent(new Event('input', { bubbles: true }));
        const details = field.closest('details');
        if (details) details.open = true;
      }
    });
    const away = category && kept[`recused:${category.value}`];
    if (away) {
      form.elements.namedItem('recused').checked = away[0];
      form.elements.namedItem('reason').value = away[1];
      form.elements.namedItem('reason').closest('details').open = true;
    }
  }

  function waiting() {
    return Object.keys(kept).filter((name) => JSON.stringify(kept[name]) !== refused[name]);
  }

  function soon(wait) {
    clearTimeout(timer);
    timer = setTimeout(send, wait);
  }

  // One recusal a post: it says of its category in whole whether it is recused.
  function nextPost() {
    const names = waiting();
    const away = names.find((name) => name.startsWith('recused:'));
    const data = new FormData();
    const sent = {};
    data.append('csrf_token', token());
    data.append('act', 'save');
    names.filter((name) => !name.startsWith('recused:')).forEach((name) => {
      data.append(name, kept[name]);
      sent[name] = JSON.stringify(kept[name]);
    });
    if (away) {
      const about = away.slice('recused:'.length);
      data.append('category', about);
      if (kept[away][0]) data.append('recused', about);
      data.append('reason', kept[away][1]);
      sent[away] = JSON.stringify(kept[away]);
    }
    return { data, sent };
  }

  function send() {
    clearTimeout(timer);
    if (sending || isOver || !waiting().length) return sending || Promise.resolve();
    sending = post(nextPost(), true).then((isDone) => {
      sending = null;
      if (isDone && waiting().length) return send();
      return undefined;
    });
    return sending;
  }

  async function post(batch, mayRenew) {
    say('saving');
    let answer;
    try {
      answer = await fetch(place.getAttribute('data-post'), {
        method: 'POST', body: batch.data, headers: { Accept: 'application/json' }, credentials: 'same-origin',
      });
    } catch (fault) {
      return later();
    }
    if (answer.status === 400 && mayRenew && await renew()) {
      batch.data.set('csrf_token', token());
      return post(batch, false);
    }
    if (answer.status === 401) return signedOut();
    let told;
    try { told = await answer.json(); } catch (fault) { return later(); }
    if (answer.ok) return taken(batch.sent, told);
    if (answer.status === 422 && told.fields) return faulty(batch.sent, told.fields);
    if (answer.status === 429 || answer.status >= 500) return later();
    isOver = true;
    say('refused', told.detail || told.title);
    return false;
  }

  // The session's own token, after signing in again in another tab.
  async function renew() {
    try {
      const answer = await fetch(place.getAttribute('data-token-from'), {
        headers: { Accept: 'application/json' }, cache: 'no-store',
      });
      if (!answer.ok) return false;
      const fresh = (await answer.json()).csrf_token;
      document.querySelectorAll('[name=csrf_token]').forEach((field) => { field.value = fresh; });
      return true;
    } catch (fault) {
      return false;
    }
  }

  function taken(sent, told) {
    Object.keys(sent).forEach((name) => {
      if (JSON.stringify(kept[name]) === sent[name]) delete kept[name];
    });
    tries = 0;
    keep();
    showFaults(told.fields);
    showProgress(told.progress);
    const at = place.querySelectorAll('[data-saved-at]');
    at.forEach((each) => { each.textContent = told.saved_at.slice(11, 16); });
    say(Object.keys(told.fields).some((name) => form && form.elements.namedItem(name)) ? 'faulty' : 'saved');
    return true;
  }

  // What the site does not take waits here for a change; everything else goes on.
  function faulty(sent, fields) {
    const bad = Object.keys(sent).filter((name) => fields[name] ||
      (name.startsWith('recused:') && (fields.reason || fields.recused)));
    (bad.length ? bad : Object.keys(sent)).forEach((name) => { refused[name] = sent[name]; });
    showFaults(fields);
    say('faulty');
    return true;
  }

  function later() {
    say('offline');
    soon(WAITS[Math.min(tries, WAITS.length - 1)]);
    tries += 1;
    return false;
  }

  function signedOut() {
    say('signed-out');
    return false;
  }

  // Handing in and signing out wait until everything is sent, and then leave nothing here. Pressed again they
  // no longer wait, and what was not sent stays.
  function sendFirst(event, other) {
    if (!waiting().length) {
      drop(key);
      return;
    }
    if (other.hasAttribute('data-pressed')) return;
    event.preventDefault();
    const button = event.submitter || other.querySelector('button[name]');
    isOver = false;
    send().then(() => {
      other.setAttribute('data-pressed', '');
      if (waiting().length) return;
      if (button && button.name) {
        const field = document.createElement('input');
        field.type = 'hidden';
        field.name = button.name;
        field.value = button.value;
        other.append(field);
      }
      drop(key);
      other.submit();
    });
  }

  function showFaults(fields) {
    document.querySelectorAll('[data-error-of]').forEach((line) => {
      const name = line.getAttribute('data-error-of');
      const input = document.getElementById(`f-${name}`);
      const said = fields[name] || '';
      line.textContent = said;
      line.hidden = !said;
      line.parentNode.classList.toggle('field-bad', Boolean(said));
      if (said) input.setAttribute('aria-invalid', 'true');
      else input.removeAttribute('aria-invalid');
    });
  }

  function showProgress(rows) {
    document.querySelectorAll('[data-progress]').forEach((line) => {
      const row = rows.find((each) => each.category === line.getAttribute('data-progress'));
      const words = row && line.getAttribute(row.recused ? 'data-recused' : 'data-scored');
      if (words) line.textContent = words.replace('{scored}', row.scored).replace('{of}', row.of);
    });
  }

  function say(state, detail) {
    document.querySelectorAll('[data-saving] [data-state]').forEach((line) => {
      line.hidden = line.getAttribute('data-state') !== state;
      const words = line.querySelector('[data-detail]');
      if (words && detail) words.textContent = detail;
    });
  }

  function token() {
    return document.querySelector('[name=csrf_token]').value;
  }

  function keep() {
    isStored = true;
    try {
      if (Object.keys(kept).length) localStorage.setItem(key, JSON.stringify(kept));
      else localStorage.removeItem(key);
    } catch (fault) {
      isStored = !Object.keys(kept).length;
    }
  }

  function read(name) {
    try { return JSON.parse(localStorage.getItem(name)) || {}; } catch (fault) { return {}; }
  }

  function drop(name) {
    try { localStorage.removeItem(name); } catch (fault) { /* no storage */ }
  }
})();
