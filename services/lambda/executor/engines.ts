/** The engines beside Node that whoever runs the gateway has installed, or asked for. None of them is a dependency of ours. */
import { join } from 'node:path';
import { denoEngine, findDeno } from './deno/engine.ts';
import type { Engine } from './engine.ts';
import { findPyodide, pyodideEngine } from './pyodide/engine.ts';

export interface EnginesAsked {
  /** `HYPERGATE_LAMBDA_EXECUTOR`: what runs functions for Node.js of accounts that are not trusted. */
  readonly executor: 'node' | 'deno';
  /** `HYPERGATE_LAMBDA_DENO`: the program. */
  readonly deno: string | undefined;
  /** `HYPERGATE_LAMBDA_PYODIDE`: folder of the package. */
  readonly pyodide: string | undefined;
}

export interface EnginesOptions {
  readonly asked: EnginesAsked;
  readonly node: string;
  /** Ours alone. */
  readonly folder: string;
  readonly warn: (sentence: string) => void;
}

/** @throws Error with a sentence when something that was asked for is not there */
export function findEngines({ asked, node, folder, warn }: EnginesOptions): readonly Engine[] {
  const engines: Engine[] = [];
  if (asked.executor === 'deno') engines.push(denoEngine(findDeno(asked.deno)));
  const pyodide = findPyodide(asked.pyodide);
  if (pyodide !== undefined) {
    const snapshots = join(folder, 'python');
    engines.push(pyodideEngine({ node, folder: pyodide, snapshots, warn }));
  }
  return engines;
}

/** @param own settings of the service as the gateway hands them over */
export function enginesAsked(own: Readonly<Record<string, unknown>>): EnginesAsked {
  const text = (name: string) => (typeof own[name] === 'string' ? own[name] : undefined);
  return {
    executor: own.executor === 'deno' ? 'deno' : 'node',
    deno: text('deno'),
    pyodide: text('pyodide'),
  };
}
