// The scripts run as they are written, in Android's WebView of 2020: ES2017 and no build step.
import js from "@eslint/js";

const browser = [
  "atob", "btoa", "clearInterval", "clearTimeout", "crypto", "CustomEvent", "document", "DOMParser", "Event", "fetch",
  "history", "indexedDB", "localStorage", "location", "navigator", "Node", "performance", "sessionStorage", "setInterval", "setTimeout", "TextDecoder", "TextEncoder",
  "FormData", "URLSearchParams", "window", "Worker",
];

export default [
  { ignores: ["**/vendor/"] },
  js.configs.recommended,
  {
    files: ["votesite/static/js/**/*.js"],
    languageOptions: {
      ecmaVersion: 2017,
      sourceType: "script",
      globals: Object.fromEntries(browser.map((name) => [name, "readonly"])),
    },
    rules: {
      "curly": ["error", "multi-line"],
      "eqeqeq": "error",
      "max-len": ["error", { code: 120 }],
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-shadow": "error",
      "no-unused-vars": ["error", { caughtErrors: "none" }],
      "no-use-before-define": ["error", { functions: false }],
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-arrow-callback": "error",
      "prefer-const": "error",
      "prefer-spread": "error",
      "prefer-template": "error",
      "strict": ["error", "function"],
    },
  },
];
