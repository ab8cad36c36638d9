import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { programs, requireProgram, type SystemProgram } from './install.ts';

const wanted: SystemProgram = {
  program: 'wanted-program',
  probe: ['--version'],
  accepts: (output) => output === 'version 17',
  version: '17',
  neededFor: 'The wanted thing',
  debianPackage: 'wanted-package',
  homebrewFormula: 'wanted-formula',
};

describe('requireProgram', () => {
  const path = process.env.PATH;
  let bin: string;
  let reported: string[];

  beforeEach(async () => {
    bin = await mkdtemp(join(tmpdir(), 'tributary-bin-'));
    process.env.PATH = `${bin}:/usr/bin:/bin`;
    reported = [];
  });

  afterEach(async () => {
    process.env.PATH = path;
    mock.restoreAll();
    await rm(bin, { recursive: true, force: true });
  });

  const program = async (name: string, script: string) => {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(bin, name), 0o755);
  };
  const calls = () => readFile(join(bin, 'calls'), 'utf8');
  const asUser = (uid: number) => mock.method(process as { getuid(): number }, 'getuid', () => uid);
  const required = () => requireProgram(wanted, (line) => reported.push(line));

  it('is content with what is there, and says where', async () => {
    asUser(1000);
    await program('wanted-program', 'echo version 17');
    assert.equal(await required(), join(bin, 'wanted-program'));
    assert.deepEqual(reported, []);
  });

  it('says exactly what to install to whoever may not install it', async () => {
    asUser(1000);
    await assert.rejects(required(), {
      code: 'MISSING_PROGRAM',
      message:
        /^The wanted thing needs `wanted-program`.*\n.*apt-get install wanted-package\n.*brew install wanted-formula$/,
    });
  });

  it('takes a program that fails or is too old for none', async () => {
    asUser(1000);
    await program('wanted-program', 'echo version 8');
    await assert.rejects(required(), { code: 'MISSING_PROGRAM' });
    await program('wanted-program', 'echo version 17; exit 1');
    await assert.rejects(required(), { code: 'MISSING_PROGRAM' });
  });

  it('installs the Debian package for root, one at a time and once', async () => {
    asUser(0);
    const installed = `printf '#!/bin/sh\\necho version 17\\n' > ${bin}/wanted-program; chmod +x ${bin}/wanted-program`;
    await program('apt-get', `echo "$@" >> ${bin}/calls; case "$*" in *" install "*) ${installed};; esac`);
    await Promise.all([required(), required()]);
    assert.deepEqual((await calls()).match(/update|install .*/g), [
      'update',
      'install -y --no-install-recommends wanted-package',
    ]);
    assert.match(reported.join('\n'), /installing the Debian package wanted-package/);
  });

  it('shows what apt-get said when it fails', async () => {
    asUser(0);
    await program('apt-get', 'echo "E: no such package"; test "$1" = --version');
    await assert.rejects(required(), { code: 'INSTALL_FAILED', message: /wanted-package:\n.*E: no such package/s });
  });

  it('takes a program under its other name', async () => {
    await program('other-name', 'echo version 17');
    const found = await requireProgram({ ...wanted, otherName: 'other-name' }, () => {});
    assert.equal(found, join(bin, 'other-name'));
  });

  it('names where to get what has no package, though root could install one', async () => {
    asUser(0);
    process.env.PATH = bin;
    await assert.rejects(
      requireProgram(programs.go, () => {}),
      {
        code: 'MISSING_PROGRAM',
        message:
          'Jaeger, which is built from its Go module, needs `go` of version 1.22 or later, which is not installed. Install it:\n' +
          '  macOS:             brew install go\n' +
          '  elsewhere:         https://go.dev/dl/',
      },
    );
  });

  it('knows the versions of Go that build Jaeger', () => {
    const { accepts } = programs.go;
    assert.equal(accepts('go version go1.26.8 linux/amd64'), true);
    assert.equal(accepts('go version go1.22 darwin/arm64'), true);
    assert.equal(accepts('go version go1.19.8 linux/amd64'), false);
    assert.equal(accepts('go version devel'), false);
  });

  it('knows the version of every Java there is', () => {
    const accepts = programs.java.accepts;
    assert.equal(accepts('openjdk version "17.0.15" 2025-04-15'), true);
    assert.equal(accepts('openjdk version "21" 2023-09-19'), true);
    assert.equal(accepts('javac 24-ea'), true);
    assert.equal(accepts('java version "1.8.0_392"'), false);
    assert.equal(accepts('openjdk version "11.0.2"'), false);
    assert.equal(accepts('no java here'), false);
  });
});
