/**
 * Who may import whom (ARCHITECTURE.md, "The house"). Works on import statements as text: each of our files writes them
 * with a literal, and a string made at run time is no import of another part.
 */
import { dirname, join } from 'node:path/posix';
import type { Package, TextFile } from './tree.ts';

export interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

const statement = /(?:^|\n)\s*(import|export)(\s+type)?\b(?:[^;'"`]*?\bfrom)?\s*(['"])([^'"\n]+)\3/g;
const call = /\bimport\(\s*(['"])([^'"\n]+)\1/g;

export function importsOf(text: string): Import[] {
  const statements = [...text.matchAll(statement)].map((match) => ({
    specifier: match[4]!,
    typeOnly: match[2] !== undefined,
  }));
  const calls = [...text.matchAll(call)].map((match) => {
    // `import('x').Name` in a type is no import at run time, but cannot be told apart cheaply: it counts as one.
    return { specifier: match[2]!, typeOnly: false };
  });
  return [...statements, ...calls];
}

const isCode = (path: string) => /\.(?:ts|mjs)$/.test(path);
const isTest = (path: string) => /(?:^|\/)test\//.test(path) || path.startsWith('compat-tests/');

/** Packages whose names stand in the rules below; each pattern is matched against a specifier without `@hypergate/`. */
const allowed: readonly (readonly [folder: RegExp, may: RegExp])[] = [
  [/^gateway\/server\//, /./],
  // Its build is a command, and has to run under the right Node as the others do.
  [/^gateway\/verifier\/build\.mjs$/, /^server\/ensure-node\.mjs$/],
  [/^gateway\/verifier\//, /^(?:node\/(?:verifier|crypto\/disclosure)|[a-z][a-z0-9-]*\/verify)$/],
  [/^gateway\/console\//, /^openapi(?:\/|$)/],
  [/^gateway\/kit\//, /^$/],
  [/^services\/table\//, /^(?:node\/(?:api$|crypto(?:\/|$)|verifier$)|kit\/bytes$)/],
  [/^services\//, /^(?:table|node\/api|node\/verifier|kit)(?:\/|$)/],
  [/^node\//, /^$/],
  [/^openapi\//, /^$/],
  [/^compat-tests\//, /./],
];

/** Sentences about broken rules, empty when all is well. */
export function checkImports(files: readonly TextFile[], packages: readonly Package[]): string[] {
  const known = new Set(files.map(({ path }) => path));
  return files
    .filter(({ path }) => isCode(path))
    .flatMap((file) => importsOf(file.text).flatMap((one) => checkOne(file.path, one, packages, known)));
}

function checkOne(
  path: string,
  one: Import,
  packages: readonly Package[],
  known: ReadonlySet<string>,
): string[] {
  const { specifier } = one;
  if (specifier.startsWith('.')) return checkRelative(path, one, packages, known);
  if (!specifier.startsWith('@hypergate/')) return [];
  return [...checkDirection(path, specifier), ...checkExported(path, specifier, packages, known)];
}

function checkRelative(
  path: string,
  { specifier, typeOnly }: Import,
  packages: readonly Package[],
  known: ReadonlySet<string>,
): string[] {
  const target = join(dirname(path), specifier);
  const faults: string[] = [];
  if (!known.has(target)) faults.push(`${path} imports ${specifier}, which does not exist`);
  if (packageOf(path, packages) !== packageOf(target, packages)) {
    faults.push(`${path} reaches into another package by path: ${specifier}`);
  }
  return [...faults, ...checkService(path, target), ...checkNode(path, target, typeOnly)];
}

function packageOf(path: string, packages: readonly Package[]): string | undefined {
  return packages
    .filter(({ folder }) => path.startsWith(`${folder}/`))
    .sort((left, right) => right.folder.length - left.folder.length)[0]?.folder;
}

function checkDirection(path: string, specifier: string): string[] {
  const name = specifier.slice('@hypergate/'.length);
  const rule = allowed.find(([folder]) => folder.test(path));
  // Tests may build what stands under the part they test, but never a sister service.
  const service = /^services\/([^/]+)\//.exec(path)?.[1];
  const isFoundation = /^(?:node|table|kit|server|openapi)(?:\/|$)/.test(name);
  if (isTest(path) && (isFoundation || name === service)) return [];
  if (name === 'node/sim' || !rule?.[1].test(name)) return [`${path} may not import ${specifier}`];
  return [...checkServiceLayers(path, specifier)];
}

function checkServiceLayers(path: string, specifier: string): string[] {
  const layer = /^services\/[^/]+\/(wire|engine)\//.exec(path)?.[1];
  if (layer === 'engine' && /^@hypergate\/(?:node|table)/.test(specifier)) {
    return [`${path}: an engine may not import the node: ${specifier}`];
  }
  return [];
}

/** `wire/` imports neither `ops/` nor `engine/`; `engine/` imports neither `wire/` nor `ops/`. */
function checkService(path: string, target: string): string[] {
  const layer = /^services\/[^/]+\/(wire|engine)\/(?!test\/)/.exec(path)?.[1];
  const other = /^services\/[^/]+\/(wire|engine|ops)\//.exec(target)?.[1];
  if (layer === undefined || other === undefined || layer === other) return [];
  return [`${path}: ${layer}/ may not import ${other}/`];
}

/** Lower parts of the node never know the upper ones. What is not in the list stands above all of it. */
const nodeOrder = ['api', 'threads', 'crypto', 'hypergraph', 'proving', 'verifier', 'consensus'];

/** Port files of the store and the network: interfaces only. */
const ports = /^node\/(?:store|network)\/(?:[\w-]+-port|disk|kv)\.ts$/;

/** Folders that put the node together; they may know every part. */
const compositions = ['embedded', 'remote'];

function checkNode(path: string, target: string, typeOnly: boolean): string[] {
  const from = /^node\/([^/]+)\//.exec(path)?.[1];
  const to = /^node\/([^/]+)\//.exec(target)?.[1];
  if (from === undefined || to === undefined || from === to || isTest(path)) return [];
  if (to === 'sim') return [`${path}: node/sim is for tests only`];
  if (compositions.includes(from) || from === 'sim') return [];
  if (to === 'store' || to === 'network') {
    return typeOnly && ports.test(target)
      ? []
      : [`${path} may know ${to} through its interfaces only: ${target}`];
  }
  const rank = (folder: string) => nodeOrder.indexOf(folder);
  if (rank(to) >= 0 && (rank(from) < 0 || rank(to) < rank(from))) return [];
  return [`${path}: node/${from} may not import node/${to}`];
}

function checkExported(
  path: string,
  specifier: string,
  packages: readonly Package[],
  known: ReadonlySet<string>,
): string[] {
  const target = packages.find(({ name }) => specifier === name || specifier.startsWith(`${name}/`));
  if (target === undefined) return [`${path} imports ${specifier}, which is no package of ours`];
  const file = exportedFile(target, `.${specifier.slice(target.name.length)}`);
  if (file !== undefined && known.has(join(target.folder, file))) return [];
  return [`${path} imports ${specifier}, which its package does not export`];
}

function exportedFile({ exports }: Package, subpath: string): string | undefined {
  const exact = exports[subpath];
  if (exact !== undefined) return exact;
  // The pattern with the longest head decides, as in Node.
  const [pattern, target] =
    Object.entries(exports)
      .filter(([key]) => key.includes('*') && matches(key, subpath))
      .sort(([left], [right]) => right.indexOf('*') - left.indexOf('*'))[0] ?? [];
  if (pattern === undefined || target === undefined) return undefined;
  const [head = '', tail = ''] = pattern.split('*');
  return target.replaceAll('*', subpath.slice(head.length, subpath.length - tail.length));
}

function matches(pattern: string, subpath: string): boolean {
  const [head = '', tail = ''] = pattern.split('*');
  return subpath.length > head.length + tail.length && subpath.startsWith(head) && subpath.endsWith(tail);
}
