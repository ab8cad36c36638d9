const SCRIPT = 'https://embeddable-sandbox.cdn.apollographql.com/_latest/embeddable-sandbox.umd.production.min.js';
const PATIENCE_MS = 10_000;

const script = document.createElement('script');
const late = setTimeout(giveUp, PATIENCE_MS);
script.src = SCRIPT;
script.addEventListener('error', giveUp);
script.addEventListener('load', () => {
  clearTimeout(late);
  try {
    new globalThis.EmbeddedSandbox({
      target: '#sandbox',
      initialEndpoint: new URL('/graphql', location.href).href,
      endpointIsEditable: false,
      allowDynamicStyles: false,
      initialState: { pollForSchemaUpdates: false },
    });
  } catch {
    giveUp();
  }
});
document.head.append(script);

function giveUp() {
  clearTimeout(late);
  document.querySelector('#fallback-title').textContent = 'Apollo Sandbox could not be loaded';
  document.querySelector('#fallback-text').textContent =
    "Its script comes from Apollo's servers, and they could not be reached from this browser. GraphiQL is served by this gateway and works without the internet, subscriptions included.";
}
