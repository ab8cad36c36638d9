import { request as ask, problemsOf } from './graphql-request.js';
import { connectHere, createGraphqlSocket } from './graphql-socket.js';
import { createCatalogue } from './live-catalogue.js';
import { count, createCatchUp, describeCatchUp } from './live-catch-up.js';
import { createServerClock } from './live-clock.js';
import { createCommandList } from './live-command-list.js';
import { createCommands } from './live-commands.js';
import { byId, clockTime } from './live-elements.js';
import { createEventList } from './live-event-list.js';
import { createProductForm, FIELDS } from './live-product-form.js';
import { createProductList } from './live-product-list.js';

/** @typedef {import('./live-catalogue.js').Product} Product */
/** @typedef {import('./live-catalogue.js').ProductEvent} ProductEvent */
/** @typedef {import('./live-commands.js').Command} Command */

const PRODUCT = 'id version name description price createdAt';
const EVENTS = `subscription LiveCatalogue($after: String) {
  productEvents(after: $after) {
    type productId version commandId occurredAt
    product { ${PRODUCT} }
  }
}`;
const READ = `query Catalogue {
  products(first: 100) { edges { node { ${PRODUCT} } } }
  productPage(size: 1) { totalCount totalCountIsExact }
}`;
const READ_ONE = `query Product($id: ID!, $minVersion: Int) { product(id: $id, minVersion: $minVersion) { ${PRODUCT} } }`;
const OUTCOME = `subscription Outcome($id: ID!) {
  commandOutcome(id: $id) { state version rejection { code message field currentVersion } }
}`;
const MUTATIONS = {
  Create:
    'mutation Create($input: CreateProductInput!) { done: createProduct(input: $input) { productId command { id } } }',
  Update:
    'mutation Update($input: UpdateProductInput!) { done: updateProduct(input: $input) { productId command { id } } }',
  Delete:
    'mutation Delete($input: DeleteProductInput!) { done: deleteProduct(input: $input) { productId command { id } } }',
};

/** The read model may be some moments behind the events: after these, what the first reading lacked is there. */
const READ_AGAIN_AFTER_MS = 2_000;
const RETRY_READING_AFTER_MS = 3_000;
const CAUGHT_UP_AFTER_MS = 1_500;

const clock = createServerClock();
const catalogue = createCatalogue();
const catchUp = createCatchUp();
const commands = createCommands({ now: () => performance.now() });
/** @type {Map<string, import('./live-product-list.js').Change>} */
const changes = new Map();
/** @type {import('./live-event-list.js').Arrival[]} */
let arrivals = [];
/** @type {import('./graphql-socket.js').Status['name']} */
let status = 'connecting';
let eventCount = 0;
let wasLive = false;
let isRead = false;
let isRendering = false;
let readings = 0;
let caughtUpTimer = 0;
/** The subscription ended with an error: the next begins without knowing where. */
let isAnew = false;

const form = createProductForm({ onSubmit: submit, onCancel: ({ id }) => productList.focus(id) });
const productList = createProductList({ list: byId('products'), onEdit: edit, onDelete: remove });
const commandList = createCommandList({ list: byId('commands'), onLoadAnew: loadAnew });
const eventList = createEventList(byId('events'));

const socket = createGraphqlSocket({ connect: connectHere, onStatus: connectionChanged });
followEvents();
socket.open();
addEventListener('online', () => {
  if (status === 'waiting') socket.open();
});
byId('toggle').addEventListener('click', () => {
  if (status === 'connecting' || status === 'live') socket.pause();
  else socket.open();
});

function followEvents() {
  socket.subscribe({
    query: EVENTS,
    variables: (cursor) => (cursor === null ? {} : { after: cursor }),
    isStanding: true,
    next: ({ data }) => data?.productEvents && eventCame(data.productEvents),
    lost: eventsLost,
    error([error]) {
      isAnew = true;
      socket.pause();
      showStatus('stopped', 'Stopped', error?.message ?? 'The gateway ended the subscription.');
      followEvents();
    },
  });
}

/** What was shown may have changed or gone without a word. */
function eventsLost() {
  isAnew = false;
  catalogue.doubt();
  catchUp.lost();
  showCatchUp();
  read();
}

function connectionChanged(/** @type {import('./graphql-socket.js').Status} */ { name, inMs = 0, code, reason }) {
  const atTime = `since ${clockTime(Date.now())}`;
  if (name === 'connecting') showStatus(name, wasLive ? 'Reconnecting' : 'Connecting', '');
  else if (name === 'paused') showStatus(name, 'Paused', atTime);
  else if (name === 'stopped') showStatus(name, 'Stopped', reasonOf(code, reason));
  else if (name === 'waiting') {
    const inSeconds = Math.max(1, Math.round(inMs / 1_000));
    showStatus(name, 'Connection lost', `${reasonOf(code, reason)} Trying again in ${count(inSeconds, 'second')}.`);
    if (!isRead) read();
  } else {
    showStatus(name, 'Live', atTime);
    if (wasLive) beginCatchUp();
    else if (isRead) isAnew = true;
    else read();
    if (isAnew) eventsLost();
    else readAgain();
    wasLive = true;
  }
}

function reasonOf(/** @type {number | undefined} */ code, /** @type {string | undefined} */ reason) {
  if (code === 1012 || code === 1001) return 'The gateway restarts.';
  if (code === 4403) return 'Your permission to watch has ended: the gateway closed the connection.';
  if (code === 4429) return 'The gateway has too many connections from here.';
  return reason ? `${reason.replace(/\.$/, '')}.` : 'The gateway cannot be reached.';
}

/** @param {typeof status} now @param {string} title @param {string} detail */
function showStatus(now, title, detail) {
  status = now;
  clearTimeout(caughtUpTimer);
  const shown = byId('status');
  shown.dataset.status = status;
  /** @type {Element} */ (shown.querySelector('strong')).textContent = title;
  /** @type {Element} */ (shown.querySelector('span')).textContent = detail;
  const isOn = status === 'connecting' || status === 'live';
  byId('toggle').textContent = isOn ? 'Disconnect for a while' : 'Reconnect';
  byId('toggle').classList.toggle('primary', !isOn);
  if (status !== 'connecting') announce(`${title}. ${detail}`);
}

function beginCatchUp() {
  catchUp.begin(clock.now());
  const caughtUp = byId('caught-up');
  caughtUp.textContent = 'Catching up…';
  delete caughtUp.dataset.tone;
  caughtUpTimer = setTimeout(() => {
    showCatchUp();
    announce(caughtUp.textContent ?? '');
  }, CAUGHT_UP_AFTER_MS);
}

function showCatchUp() {
  const now = catchUp.now();
  if (!now) return;
  byId('caught-up').textContent = describeCatchUp(now);
  byId('caught-up').dataset.tone = now.isLost || now.missed > 0 ? 'bad' : 'good';
}

function eventCame(/** @type {ProductEvent} */ event) {
  const { type, productId, version, commandId, occurredAt } = event;
  const atMs = Date.now();
  const { isNew, missed, name } = catalogue.apply(event);
  commands.seen(commandId);
  catchUp.add({ occurredAt, missed });
  eventCount += 1;
  arrivals.push({
    type,
    version,
    atMs,
    name: name ?? `Product ${productId}`,
    lagMs: Math.max(0, clock.now() - Date.parse(occurredAt)),
  });
  if (arrivals.length > 100) arrivals = arrivals.slice(-50);
  changes.delete(productId);
  if (isNew && type !== 'DELETED') changes.set(productId, { type, atMs });
  if (isNew) tellEditor(event);
  render();
}

/** What is edited has changed elsewhere, or has gone. */
function tellEditor(/** @type {ProductEvent} */ { type, productId, version, commandId }) {
  const edited = form.edited();
  if (edited?.id !== productId || edited.version >= version) return;
  if (commands.all().some(({ id, productId: of }) => id === commandId || (id === null && of === productId))) return;
  if (type === 'DELETED') form.say('It has been deleted meanwhile.');
  else form.say(`It has version ${version} meanwhile.`, () => loadState(productId, version));
}

async function read() {
  readings += 1;
  const reading = readings;
  const { data, errors, date } = await ask(READ);
  if (reading !== readings) return;
  clock.heard(date);
  const failed = byId('reading-failed');
  failed.hidden = Boolean(data);
  if (data) {
    isRead = true;
    catalogue.read(readingOf(data), { isSure: false });
    readAgain();
  } else {
    failed.textContent = `The list could not be loaded: ${errors[0]?.message ?? ''} It is tried again.`;
    setTimeout(() => reading === readings && read(), RETRY_READING_AFTER_MS);
  }
  render();
}

/** Once more, unless another reading begins or the connection ends before: what is paused must not move. */
function readAgain() {
  const reading = readings;
  const isWanted = () => reading === readings && isRead && status === 'live';
  setTimeout(async () => {
    if (!isWanted()) return;
    const { data } = await ask(READ);
    if (!data || !isWanted()) return;
    catalogue.read(readingOf(data), { isSure: true });
    render();
  }, READ_AGAIN_AFTER_MS);
}

/**
 * @param {any} data
 * @returns {import('./live-catalogue.js').Reading}
 */
function readingOf({ products, productPage }) {
  return { products: products.edges.map((/** @type {{ node: Product }} */ { node }) => node), ...productPage };
}

async function submit(
  /** @type {import('./live-product-form.js').Values} */ values,
  /** @type {Product | null} */ edited,
) {
  const { errors } = edited
    ? await send(
        'Update',
        edited,
        { ...values, id: edited.id, expectedVersion: edited.version },
        (command, rejection) => editDecided(edited, command, rejection),
      )
    : await send('Create', { id: null, name: values.name.trim() || 'Unnamed' }, values);
  if (errors.length > 0) {
    const problems = problemsOf(errors, FIELDS);
    if (problems.other) form.say(problems.other);
    form.showProblems(problems.fields);
  } else if (!edited) {
    form.open(null);
    if (form.hasFocus()) form.focus();
  } else if (form.edited() === edited) form.say('Sent. The outcome is on its way.');
}

function editDecided(
  /** @type {Product} */ edited,
  /** @type {Command} */ command,
  /** @type {import('./live-commands.js').Rejection | null} */ rejection,
) {
  if (form.edited() !== edited) return;
  if (rejection) {
    const isConflict = rejection.code === 'VERSION_CONFLICT';
    form.say(`Not saved: ${rejection.message}.`, isConflict ? () => loadAnew(command) : undefined);
  } else {
    const hadFocus = form.hasFocus();
    form.open(null);
    if (hadFocus) productList.focus(edited.id);
  }
}

function edit(/** @type {Product} */ product) {
  form.open(product);
  form.focus();
}

function remove(/** @type {Product} */ product) {
  send('Delete', product, { id: product.id, expectedVersion: product.version });
}

/**
 * Sends a command and follows it to its outcome.
 * @param {Command['kind']} kind
 * @param {{ id: string | null, name: string }} product
 * @param {Record<string, unknown>} input
 * @param {(command: Command, rejection: import('./live-commands.js').Rejection | null) => void} [onOutcome]
 */
async function send(kind, { id, name }, input, onOutcome = () => {}) {
  const command = commands.sent({ kind, name, productId: id });
  render();
  const { data, errors } = await ask(MUTATIONS[kind], { input: { ...input, wait: 'NONE' } });
  const unconfirmed = errors.find(({ extensions }) => extensions?.code === 'COMMAND_NOT_CONFIRMED');
  if (data?.done) commands.accepted(command, { id: data.done.command.id, productId: data.done.productId });
  else if (unconfirmed?.extensions?.commandId) commands.unconfirmed(command, unconfirmed.extensions.commandId);
  else commands.failed(command, errors[0]?.message ?? 'The answer was empty.');
  if (command.id !== null) followOutcome(command, onOutcome);
  render();
  return { errors };
}

/**
 * @param {Command} command
 * @param {(command: Command, rejection: import('./live-commands.js').Rejection | null) => void} onOutcome
 */
function followOutcome(command, onOutcome) {
  const failed = (/** @type {readonly { message: string }[]} */ errors) => {
    commands.failed(command, errors[0]?.message ?? 'Its outcome could not be told.');
    render();
  };
  socket.subscribe({
    query: OUTCOME,
    variables: () => ({ id: command.id }),
    isPatient: true,
    next({ data, errors }) {
      const outcome = data?.commandOutcome;
      if (!outcome) return failed(errors ?? []);
      commands.decided(command, outcome);
      announce(`${command.kind} ${command.name}: ${outcome.rejection?.message ?? 'committed'}`);
      onOutcome(command, outcome.rejection);
      render();
    },
    error: failed,
  });
}

function loadAnew(/** @type {Command} */ { productId, rejection }) {
  if (productId !== null) loadState(productId, rejection?.currentVersion ?? null);
}

/** Opens the form with the product as it is now. */
async function loadState(/** @type {string} */ id, /** @type {number | null} */ minVersion) {
  const { data, errors } = await ask(READ_ONE, { id, minVersion });
  if (data?.product) edit(data.product);
  else form.say(errors[0]?.message ?? 'There is no such product any more.');
}

function announce(/** @type {string} */ text) {
  byId('announcement').textContent = text;
}

/** Events can come faster than a screen shows anything: what came is shown with the next frame. */
function render() {
  if (isRendering) return;
  isRendering = true;
  requestAnimationFrame(() => {
    isRendering = false;
    const products = catalogue.products();
    for (const id of changes.keys()) if (!catalogue.find(id)) changes.delete(id);
    productList.render(products, changes);
    commandList.render(commands.all());
    eventList.add(arrivals);
    arrivals = [];
    const { total, rest, isExact } = catalogue.counts();
    byId('count').textContent = rest > 0 ? `the newest ${products.length} of ${number(total, isExact)}` : String(total);
    byId('events-count').textContent = count(eventCount, 'event');
    byId('empty').hidden = products.length > 0;
    byId('empty').textContent = isRead ? 'None yet. Create one, here or anywhere else.' : 'Loading…';
    byId('no-commands').hidden = commands.all().length > 0;
    byId('no-events').hidden = eventCount > 0;
    showCatchUpOnceThereIsSome();
  });
}

function showCatchUpOnceThereIsSome() {
  const now = catchUp.now();
  if (now && now.events + now.missed > 0) showCatchUp();
}

const number = (/** @type {number} */ value, /** @type {boolean} */ isExact) =>
  `${value.toLocaleString('en')}${isExact ? '' : '+'}`;
