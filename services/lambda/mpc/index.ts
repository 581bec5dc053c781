/** Functions of runtime `mpc`. */
import { lambdaError } from '../engine/errors.ts';
import type { MpcRuntime, MpcRuntimeModules } from './api.ts';
import { compileFunction } from './compile-function.ts';
import { unavailable } from './failure.ts';
import { createMpcRunner } from './runner.ts';

export type * from './api.ts';
export type { MpcAnswer } from './compute.ts';

export function createMpcRuntime(modules: MpcRuntimeModules): MpcRuntime {
  return {
    compileFunction: async (files) => {
      const computations = modules.computations();
      if (computations === undefined) throw unavailable('no service here keeps them');
      return await compileFunction(files, computations);
    },
    runner: createMpcRunner(modules),
  };
}

/** For Invoke of InvocationType Event: an event is kept until it has run, in queues and with those that a failure is sent to. */
export function eventRefused(): Error {
  return lambdaError(
    'InvalidParameterValueException',
    'A function of runtime mpc is invoked with RequestResponse: an event would be kept with the inputs in it.',
  );
}
