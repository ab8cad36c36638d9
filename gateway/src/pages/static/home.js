import { connectHere, createGraphqlSocket } from './graphql-socket.js';

const HEALTH_EVERY_MS = 5_000;
const MOST_EVENTS_SHOWN = 50;
const TOKENS =
  /(?<string>"[^"]*"|'[^']*')|(?<keyword>^(?:mutation|query|subscription|curl)\b)|(?<name>\b\w+(?=:\s|\())/gm;

for (const place of document.querySelectorAll('.origin')) place.textContent = location.origin;
for (const example of document.querySelectorAll('.example')) addTools(example);
showMetrics(document.querySelector('#metrics'));
watchHealth();

/** Colours strings, keywords and the names of inputs; the text stays the same. */
function highlight(code) {
  const text = code.textContent;
  const parts = [];
  let end = 0;
  for (const { 0: token, index, groups } of text.matchAll(TOKENS)) {
    const span = document.createElement('span');
    span.className = Object.keys(groups).find((kind) => groups[kind] !== undefined);
    span.textContent = token;
    parts.push(text.slice(end, index), span);
    end = index + token.length;
  }
  code.replaceChildren(...parts, text.slice(end));
}

/** Adds the buttons that copy an example, run it and open it in GraphiQL. */
function addTools(example) {
  const { kind } = example.dataset;
  const title = example.querySelector('h3');
  const code = example.querySelector('code');
  const text = code.textContent;
  highlight(code);
  const header = document.createElement('header');
  const tools = document.createElement('div');
  tools.className = 'tools';
  title.replaceWith(header);
  header.append(title, tools);

  const copy = button('Copy', title);
  copy.addEventListener('click', async () => {
    copy.textContent = (await copyText(text)) ? 'Copied' : 'Select it';
    setTimeout(() => {
      copy.textContent = 'Copy';
    }, 1_500);
  });
  tools.append(copy);
  if (kind === 'shell') return;

  const open = document.createElement('a');
  open.textContent = 'GraphiQL';
  open.href = `/graphiql?query=${encodeURIComponent(text)}`;
  open.setAttribute('aria-describedby', title.id);
  const run = button(kind === 'subscription' ? 'Start' : 'Run', title);
  run.className = 'run';
  tools.append(open, run);
  if (kind === 'subscription') run.addEventListener('click', toggleSubscription(example, run, text));
  else run.addEventListener('click', () => runOnce(example, run, text));
}

async function runOnce(example, run, query) {
  run.disabled = true;
  const started = performance.now();
  try {
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ query }),
    });
    const body = await response.json();
    const took = Math.round(performance.now() - started);
    show(example, `// ${response.status} in ${took} ms\n${JSON.stringify(body, null, 2)}`, Boolean(body.errors));
  } catch {
    show(example, 'The gateway did not answer.', true);
  } finally {
    run.disabled = false;
  }
}

function toggleSubscription(example, run, query) {
  let stop = null;
  let events = [];
  const end = (message) => {
    stop?.();
    stop = null;
    run.textContent = 'Start';
    if (message) show(example, message, true);
  };
  return () => {
    if (stop) return end();
    run.textContent = 'Stop';
    events = [];
    show(example, 'Listening: create a product and it appears here.');
    const socket = createGraphqlSocket({
      connect: connectHere,
      onStatus({ name, reason }) {
        if (name === 'waiting' || name === 'stopped') end(reason || 'The connection was closed.');
      },
    });
    socket.subscribe({
      query,
      next(payload) {
        events = [JSON.stringify(payload.data ?? payload), ...events].slice(0, MOST_EVENTS_SHOWN);
        show(example, events.join('\n'), Boolean(payload.errors));
      },
      error: (errors) => end(errors.map(({ message }) => message).join('\n')),
      complete: () => end(),
    });
    stop = socket.pause;
    socket.open();
  };
}

function show(example, text, failed = false) {
  let result = example.querySelector('.result');
  if (!result) {
    result = document.createElement('pre');
    result.className = 'result';
    result.tabIndex = 0;
    result.setAttribute('role', 'status');
    result.setAttribute('aria-label', 'Result');
    example.append(result);
  }
  result.toggleAttribute('data-failed', failed);
  result.textContent = text;
}

function button(text, title) {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = text;
  made.setAttribute('aria-describedby', title.id);
  return made;
}

/** The clipboard is there on secure origins only; elsewhere the older way is tried. */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    document.body.append(area);
    area.select();
    const copied = document.execCommand('copy');
    area.remove();
    return copied;
  }
}

function showMetrics(card) {
  const { port } = card.dataset;
  if (!port) return;
  card.querySelector('a').href = `${location.protocol}//${location.hostname}:${port}/metrics`;
  card.hidden = false;
}

async function watchHealth() {
  if (!document.hidden) showHealth(await readHealth());
  setTimeout(watchHealth, HEALTH_EVERY_MS);
}

async function readHealth() {
  try {
    const response = await fetch('/health', { headers: { accept: 'application/json' } });
    return await response.json();
  } catch {
    return { status: 'unavailable', parts: null };
  }
}

function showHealth({ status, parts }) {
  const pill = document.querySelector('#status');
  const away = parts?.filter((part) => part.status !== 'ok').length;
  pill.dataset.status = status;
  const text = status === 'ok' ? 'All parts well' : parts ? `${away} of ${parts.length} unavailable` : 'No answer';
  const words = pill.querySelector('span');
  if (words.textContent !== text) words.textContent = text;
  if (parts) document.querySelector('#parts').replaceChildren(...parts.map(partItem));
}

function partItem({ name, status, checks }) {
  const item = document.createElement('li');
  const title = line('h3', status, name);
  const word = document.createElement('small');
  word.textContent = status;
  title.append(word);
  item.append(title);
  const entries = Object.entries(checks);
  if (entries.length > 0) {
    const list = document.createElement('ul');
    list.append(
      ...entries.map(([check, answer]) => line('li', answer, answer === 'ok' ? check : `${check}: ${answer}`)),
    );
    item.append(list);
  }
  return item;
}

function line(tag, status, text) {
  const made = document.createElement(tag);
  made.dataset.status = status;
  const dot = document.createElement('i');
  dot.setAttribute('aria-hidden', 'true');
  made.append(dot, text);
  return made;
}
