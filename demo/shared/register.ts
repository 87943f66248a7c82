/** Keeps the site for times without a network, where the browser can (https, or this machine). */
if ('serviceWorker' in navigator) {
  addEventListener('load', () => {
    navigator.serviceWorker.register(new URL('service_worker.js', document.baseURI), {scope: './'})
      .catch((error: unknown) => console.warn('This page will need the network next time:', error));
  });
}
