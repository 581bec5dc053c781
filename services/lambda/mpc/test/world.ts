/** A runner over computations that answer what a test says, and remember what they were asked. */
import type { ComputationFile, Computations } from '@hypergate/kit';
import type { MpcInvocation, MpcResult, MpcRuntimeModules } from '../api.ts';
import { createMpcRunner } from '../runner.ts';

export const commitment = `01${'ab'.repeat(32)}`;
export const keyOf = (digit: string): string => `10${digit.repeat(64)}`;

export const computation: ComputationFile = {
  statement: {
    version: 1,
    circuit: commitment,
    level: 'malicious',
    parties: [
      { name: 'alice', key: keyOf('a') },
      { name: 'bob', key: keyOf('b') },
    ],
    sessionId: '01'.repeat(32),
    run: 0,
    transcriptHash: '02'.repeat(32),
  },
  signatures: { alice: `11${'03'.repeat(64)}`, bob: `11${'04'.repeat(64)}` },
};

export const manifest = { parties: ['alice', 'bob'], outputs: { bob: ['sum'] }, level: 'malicious' };
export const session = {
  name: 'one',
  parties: [
    { name: 'alice', key: keyOf('a'), address: '192.0.2.1:7101' },
    { name: 'bob', key: keyOf('b'), address: '[2001:db8::1]:7102' },
  ],
};

export interface Asked {
  readonly result: MpcResult;
  /** Tasks, and requests for objects. */
  readonly asked: readonly Record<string, unknown>[];
  readonly logged: readonly string[];
}

export interface Scene extends Partial<Omit<MpcRuntimeModules, 'computations'>> {
  readonly manifest?: object;
  readonly nowMs?: number;
  readonly deadlineMs?: number;
  readonly answer?: () => Promise<object>;
}

/** One runner for several invocations. */
export function openScene(scene: Scene = {}) {
  const asked: Record<string, unknown>[] = [];
  const logged: string[] = [];
  const { answer = async () => ({ outputs: {}, computation, recorded: true }), nowMs = 1_000_000 } = scene;
  const take = (task: object) => {
    asked.push({ ...task });
    return answer();
  };
  // The runner asks for nothing else.
  const computations = { takePart: take, playAll: take } as unknown as Computations;
  const runner = createMpcRunner({
    base: { clock: { now: () => nowMs } },
    computations: () => computations,
    readS3Object: async () => Buffer.from('{"x":1}'),
    mayUse: () => true,
    ...scene,
  });
  const invoke = (payload: unknown, deadlineMs = scene.deadlineMs ?? nowMs + 45_000): Promise<MpcResult> => {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    const invocation: MpcInvocation = {
      ...{ account: '000000000000', region: 'us-east-1', payload: Buffer.from(text), deadlineMs },
      circuit: { commitment, manifest: JSON.stringify({ ...manifest, ...scene.manifest }) },
      credentials: () => ({ accessKeyId: 'ASIA', secretAccessKey: 's', sessionToken: 't' }),
      log: ({ message }) => void logged.push(message),
    };
    return runner.invoke(invocation);
  };
  return { asked, logged, invoke };
}

export async function invoked(payload: unknown, scene: Scene = {}): Promise<Asked> {
  const { asked, logged, invoke } = openScene(scene);
  return { result: await invoke(payload), asked, logged };
}

/** `errorType: errorMessage`, or the kind of the failure. */
export function failed({ result: { outcome } }: Pick<Asked, 'result'>): string {
  if (outcome.kind !== 'failure') throw new Error('it did not fail');
  if (outcome.failure.kind !== 'handler') return outcome.failure.kind;
  const { errorType, errorMessage } = JSON.parse(Buffer.from(outcome.failure.body).toString());
  return `${errorType}: ${errorMessage}`;
}
