// A questionnaire: questions that are not called for step aside, and a line says how far one is.
(() => {
  'use strict';
  const form = document.querySelector('form[data-survey]');
  if (!form) return;
  const questions = [...form.querySelectorAll('[data-question]')];
  const byId = {};
  questions.forEach((question) => { byId[question.getAttribute('data-question')] = question; });
  const progress = form.querySelector('[data-progress]');
  form.addEventListener('input', update);
  form.addEventListener('change', update);
  update();

  function update() {
    questions.forEach((question) => {
      const after = question.getAttribute('data-after');
      if (!after) return;
      const before = byId[after];
      const when = JSON.parse(question.getAttribute('data-when'));
      const asked = !before.hidden && given(before).some((value) => when.includes(value));
      question.hidden = !asked;
      inputs(question).forEach((input) => { input.disabled = !asked; });
    });
    if (!progress) return;
    const asked = questions.filter((question) => !question.hidden);
    const answered = asked.filter((question) => given(question).length > 0);
    progress.hidden = false;
    progress.querySelector('progress').max = asked.length;
    progress.querySelector('progress').value = answered.length;
    const words = progress.getAttribute('data-words').replace('{n}', answered.length).replace('{of}', asked.length);
    const place = progress.querySelector('[role=status]');
    if (place.textContent !== words) place.textContent = words;
  }

  function inputs(question) {
    return [...question.querySelectorAll('input, textarea')];
  }

  function given(question) {
    return inputs(question)
      .filter((input) => (input.type === 'radio' || input.type === 'checkbox' ? input.checked : input.value.trim()))
      .map((input) => input.value);
  }
})();
