// Runs a script of this project with what it needs: the pinned Node where the system's is too old, and the packages of
// package-lock.json. Everything here must itself run on Node 20 and without any package.
//
//   node bootstrap/run.mjs [--production] SCRIPT.ts [ARGUMENT ...]
//
// --production installs only what the services need, not the tools that develop and test them.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const OLDEST_MAJOR = 24;
const root = dirname(dirname(fileURLToPath(import.meta.url)));

const [first, ...rest] = process.argv.slice(2);
const production = first === '--production';
const [script, ...args] = production ? rest : [first, ...rest];
if (!script) fail('usage: node bootstrap/run.mjs [--production] SCRIPT.ts [ARGUMENT ...]');

const node = nodeBinary();
const path = [dirname(node), join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
// Compiled once: a second start is a fifth faster.
const compiled = join(root, 'node_modules', '.cache', 'compiled');
const env = { NODE_COMPILE_CACHE: compiled, ...process.env, PATH: path };
installPackages();
run();

/** The Node to run with: this one, or the pinned one, installed where it is missing. */
function nodeBinary() {
  if (Number(process.versions.node.split('.')[0]) >= OLDEST_MAJOR) return process.execPath;
  const folder = join(root, 'bootstrap', 'node');
  const binary = join(folder, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  const pinned = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).dependencies.node;
  const installed = existsSync(binary) && spawnSync(binary, ['--version'], { encoding: 'utf8' }).stdout.trim();
  if (installed !== `v${pinned}`) {
    say(
      `this system has Node ${process.versions.node}; fetching Node ${pinned} for this project only (about 50 MB, once)`,
    );
    npm(['ci', '--no-audit', '--no-fund', '--loglevel=error'], folder, process.env);
    if (!existsSync(binary))
      fail(`Node ${pinned} could not be installed: see the messages above, or install Node ${OLDEST_MAJOR} yourself`);
  }
  return binary;
}

/** Installs the packages of package-lock.json unless they are there. */
function installPackages() {
  const stamp = join(root, 'node_modules', '.installed.json');
  const lockFile = join(root, 'package-lock.json');
  const lock = createHash('sha256').update(readFileSync(lockFile)).digest('hex');
  let wanted = { lock, production };
  if (existsSync(stamp)) {
    const have = JSON.parse(readFileSync(stamp, 'utf8'));
    if (have.lock === lock && (!have.production || production)) return;
    // Whoever develops here goes on to: a start after a change of the lock takes no tools away.
    wanted = { lock, production: production && have.production };
  } else if (installedByHand(lockFile)) {
    writeFileSync(stamp, JSON.stringify({ lock, production: false }));
    return;
  }
  say(`installing the packages of package-lock.json${wanted.production ? '' : ' with the development tools'} (once)`);
  const started = Date.now();
  npm(['ci', '--no-audit', '--no-fund', '--loglevel=error', ...(wanted.production ? ['--omit=dev'] : [])], root, env);
  writeFileSync(stamp, JSON.stringify(wanted));
  say(`packages installed in ${Math.round((Date.now() - started) / 1000)} s`);
}

/** Whether `npm install` has already brought everything, development tools included. */
function installedByHand(lockFile) {
  const hidden = join(root, 'node_modules', '.package-lock.json');
  return (
    existsSync(hidden) &&
    existsSync(join(root, 'node_modules', 'typescript')) &&
    statSync(hidden).mtimeMs >= statSync(lockFile).mtimeMs - 1000
  );
}

function npm(npmArgs, cwd, npmEnv) {
  const result = spawnSync('npm', npmArgs, {
    cwd,
    env: { ...npmEnv, NPM_CONFIG_UPDATE_NOTIFIER: 'false' },
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (result.error) fail(`npm could not be run: ${result.error.message}`);
  if (result.status !== 0) fail(`npm ${npmArgs[0]} failed (exit ${result.status}): is the package registry reachable?`);
}

/** Runs the script in the foreground; signals and the exit code pass through. */
function run() {
  // What has to be loaded before anything else lies beside the script.
  const first = join(root, dirname(script), 'telemetry.ts');
  const imports = existsSync(first) ? [`--import=${pathToFileURL(first)}`] : [];
  const flags = ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning', ...imports];
  const child = spawn(node, [...flags, join(root, script), ...args], { env, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`${script} could not be started: ${error.message}`));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
  });
}

function say(message) {
  process.stderr.write(`tributary: ${message}\n`);
}

function fail(message) {
  say(message);
  process.exit(1);
}
