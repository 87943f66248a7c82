import type {Plugin} from 'vite';

/**
 * What a page may do: run and load what lies beside it, compile WebAssembly, and show pictures it made itself. No
 * inline script or style, no other host.
 */
const POLICY = [
  "default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "style-src 'self'", "img-src 'self' data: blob:",
    "media-src 'self' blob:",
  "connect-src 'self'", "worker-src 'self'", "base-uri 'none'", "form-action 'none'",
].join('; ');

/** What every page begins its head with. */
export const headOf = (icon: string, stylesheet: string): string => `
  <meta charset="utf-8">
  <meta http-equiv="Content-Security-Policy" content="${POLICY}">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <link rel="icon" type="image/svg+xml" href="${icon}">
  <link rel="stylesheet" href="${stylesheet}">`;

const HEAD = `${headOf('./shared/icon.svg', './shared/site.css')}
  <script type="module" src="./shared/register.ts"></script>`;

/** Puts the common head and header into every page, and marks its own link in the navigation. */
export function pageFrame(header: string): Plugin {
  return {
    name: 'page-frame',
    transformIndexHtml: {
      order: 'pre',
      handler: (html, {path}) => html
        .replace('<head>', `<head>${HEAD}`)
        .replace('<body>', `<body>\n${header.replace(`href=".${path}"`, `$& aria-current="page"`)}`),
    },
  };
}
