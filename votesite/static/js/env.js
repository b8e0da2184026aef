// Says early, before the first paint, what kind of browser this is; it decides words, never rights.
document.documentElement.setAttribute('data-js', '');
document.documentElement.setAttribute(
  'data-wechat',
  /MicroMessenger/i.test(navigator.userAgent) ? 'yes' : 'no'
);
