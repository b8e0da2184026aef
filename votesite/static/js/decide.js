// A decision's form: shows only the fields that belong to what is chosen.
(() => {
  'use strict';
  document.querySelectorAll('form[data-decide]').forEach((form) => {
    form.addEventListener('change', update);
    update();

    function update() {
      const chosen = form.querySelector('input[name=decision]:checked');
      form.querySelectorAll('[data-for]').forEach((part) => {
        part.hidden = !chosen || part.getAttribute('data-for') !== chosen.value;
      });
    }
  });
})();
