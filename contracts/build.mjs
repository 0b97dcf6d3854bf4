// SPDX-License-Identifier: EUPL-1.2
// Compiles the deployable contracts with npm's solc and forge's settings, and writes contracts/artifacts/<Name>.json.
// `node contracts/build.mjs --check` compiles, compares with what is there, and exits 1 where it differs.
//
// An artifact is { contract, abi, bytecode, deployedBytecode, compiler: { version, settings }, sources: { path: keccak256 } }
// and depends on the sources, the dependencies and foundry.toml only: no path outside the project, no time, no hash of those.

import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const solc = createRequire(import.meta.url)('solc');

const HERE = dirname(fileURLToPath(import.meta.url));
const ARTIFACTS = join(HERE, 'artifacts');
const DEPLOYABLE = ['Fund', 'MunicipalEuro', 'Pass', 'Purse', 'TaskBoard', 'TrustRegistry'];

/** The scalar and list values of foundry.toml's default profile. */
function readProfile() {
  const text = readFileSync(join(HERE, 'foundry.toml'), 'utf8');
  const section = text.split(/^\[profile\.default\]$/m)[1].split(/^\[/m)[0];
  const value = (key) => {
    const found = section.match(new RegExp(`^${key} = (\\[[^\\]]*\\]|[^#\\n]*)`, 'm'));
    if (!found) throw new Error(`foundry.toml does not set ${key}`);
    return JSON.parse(found[1].trim().replace(/,\s*\]$/, ']'));
  };
  return {
    remappings: value('remappings'),
    evmVersion: value('evm_version'),
    viaIR: value('via_ir'),
    optimizer: { enabled: value('optimizer'), runs: value('optimizer_runs') },
    metadata: { bytecodeHash: value('bytecode_hash'), appendCBOR: value('cbor_metadata') },
  };
}

/** Sources are read below contracts/ and node_modules/ only; names are relative to contracts/, as forge's are. */
function readSource(name) {
  const path = resolve(HERE, name);
  const allowed = [HERE, resolve(HERE, '..', 'node_modules')].some((folder) => path.startsWith(folder + sep));
  if (!allowed) return { error: `${name} is outside the project` };
  try {
    return { contents: readFileSync(path, 'utf8') };
  } catch (error) {
    return { error: error.message };
  }
}

function compile(settings) {
  const sources = Object.fromEntries(
    DEPLOYABLE.map((name) => [`src/${name}.sol`, { content: readFileSync(join(HERE, 'src', `${name}.sol`), 'utf8') }]),
  );
  const outputSelection = { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object', 'metadata'] } };
  const input = { language: 'Solidity', sources, settings: { ...settings, outputSelection } };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: readSource }));
  const problems = (output.errors ?? []).filter((problem) => problem.severity === 'error' || isOurs(problem));
  if (problems.length > 0) {
    throw new Error(problems.map((problem) => problem.formattedMessage).join('\n'));
  }
  return output.contracts;
}

/** A warning in our own sources counts as an error. */
function isOurs(problem) {
  return problem.sourceLocation === undefined || problem.sourceLocation.file.startsWith('src/');
}

/** Deterministic text of each artifact, by file name. */
function render() {
  const settings = readProfile();
  const contracts = compile(settings);
  return new Map(
    DEPLOYABLE.map((name) => {
      const { abi, evm, metadata } = contracts[`src/${name}.sol`][name];
      const { compiler, sources } = JSON.parse(metadata);
      const artifact = {
        contract: name,
        abi,
        bytecode: `0x${evm.bytecode.object}`,
        deployedBytecode: `0x${evm.deployedBytecode.object}`,
        compiler: { version: compiler.version, settings },
        sources: Object.fromEntries(Object.entries(sources).map(([path, source]) => [path, source.keccak256])),
      };
      return [`${name}.json`, `${JSON.stringify(artifact, null, 1)}\n`];
    }),
  );
}

function listed() {
  try {
    return readdirSync(ARTIFACTS).filter((file) => file.endsWith('.json'));
  } catch {
    return [];
  }
}

function read(file) {
  try {
    return readFileSync(join(ARTIFACTS, file), 'utf8');
  } catch {
    return undefined;
  }
}

function check(artifacts) {
  const stale = [...artifacts.keys()].filter((file) => read(file) !== artifacts.get(file));
  const unknown = listed().filter((file) => !artifacts.has(file));
  if (stale.length + unknown.length === 0) {
    console.log(`contracts/artifacts: ${artifacts.size} contracts are what their sources compile to`);
    return 0;
  }
  const where = relative(process.cwd(), join(HERE, 'build.mjs')) || 'build.mjs';
  if (stale.length > 0) console.error(`contracts/artifacts: not what the sources compile to: ${stale.join(', ')}`);
  if (unknown.length > 0) console.error(`contracts/artifacts: no such contract: ${unknown.join(', ')}`);
  console.error(`Run \`node ${where}\` and commit the result.`);
  return 1;
}

function write(artifacts) {
  mkdirSync(ARTIFACTS, { recursive: true });
  for (const file of listed()) if (!artifacts.has(file)) rmSync(join(ARTIFACTS, file));
  for (const [file, text] of artifacts) writeFileSync(join(ARTIFACTS, file), text);
  console.log(`contracts/artifacts: wrote ${[...artifacts.keys()].join(', ')}`);
  return 0;
}

try {
  const artifacts = render();
  process.exitCode = process.argv.includes('--check') ? check(artifacts) : write(artifacts);
} catch (error) {
  console.error(`contracts: ${error.message}`);
  process.exitCode = 1;
}
