/** What a service that keeps circuits and computations could answer, for tests of the admin API. */
import type { CircuitRecord, ComputationFile, Computations } from '@hypergate/kit';

export const commitment = `01${'ab'.repeat(32)}`;
export const computationId = 'cd'.repeat(32);

export const computationFile: ComputationFile = {
  statement: {
    version: 1,
    circuit: commitment,
    level: 'malicious',
    parties: ['alice', 'bob'].map((name, at) => ({ name, key: `10${`0${at}`.repeat(32)}` })),
    sessionId: '01'.repeat(32),
    run: 3,
    transcriptHash: '02'.repeat(32),
  },
  signatures: { alice: `11${'03'.repeat(64)}`, bob: `11${'04'.repeat(64)}` },
};

const computation = {
  id: computationId,
  ...computationFile,
  outcome: 'completed' as const,
  endedMs: 1,
  recordedMs: 2,
};

const circuit: CircuitRecord = {
  commitment,
  parties: ['alice', 'bob'],
  ands: 1,
  gates: 1,
  layers: 1,
  createdMs: 5,
  encodingBytes: 8,
  inputs: [
    { party: 'alice', name: 'a', bits: 1 },
    { party: 'bob', name: 'b', bits: 1 },
  ],
  outputs: [{ name: 'both', to: ['alice'], bits: 1 }],
};

export const answeringComputations: Computations = {
  putCircuit: async () => ({ circuit, created: true }),
  compileCircuit: async () => ({
    circuit: { ...circuit, source: 'text', interface: { any: ['thing'] } },
    created: false,
    warnings: ['unused'],
  }),
  circuit: async (name) => (name === commitment ? circuit : undefined),
  encoding: async (name) => (name === commitment ? { length: 8, bytes: pieces('enco', 'ding') } : undefined),
  circuits: async () => ({ items: [circuit].map(({ inputs: _in, outputs: _out, ...listing }) => listing) }),
  partyKey: async () => `10${'ab'.repeat(32)}`,
  takePart: async () => ({ outputs: { both: true }, computation: computationFile, recorded: true }),
  playAll: async () => ({ outputs: { alice: { both: true } }, computation: computationFile, recorded: true }),
  record: async () => ({ computation, created: true }),
  computation: async (id) => (id === computationId ? computation : undefined),
  computations: async () => ({ items: [computation], next: '00' }),
};

async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}
