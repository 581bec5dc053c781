/** Handlers of circuits and of records of multi-party computations. */
import { ComputationRefused, type Computations, type PageQuery } from '@hypergate/kit';
import type { Handlers } from './handlers.ts';

type ComputationOperation =
  | 'listCircuits'
  | 'putCircuit'
  | 'compileCircuit'
  | 'getCircuit'
  | 'getCircuitEncoding'
  | 'listComputations'
  | 'recordComputation'
  | 'getComputation'
  | 'getPartyKey'
  | 'takePart';

/** @param open throws ComputationRefused when nothing is kept here */
export function computationHandlers(open: () => Computations): Pick<Handlers, ComputationOperation> {
  return {
    listCircuits: ({ query }) => found([400, 503], () => open().circuits(pageOf(query))),
    putCircuit: ({ query: { name, keep = true }, body }) =>
      found([400, 413, 503], () => open().putCircuit(body, { name, keep })),
    compileCircuit: ({ body: { source, name } }) =>
      found([400, 413, 503], () => open().compileCircuit(source, { name })),
    getCircuit: ({ params: { commitment } }) =>
      found(
        [404, 503],
        async () => (await open().circuit(commitment)) ?? missing('there is no such circuit'),
      ),
    getCircuitEncoding: ({ params: { commitment }, signal }) =>
      found([404, 503], async () => {
        const encoding = await open().encoding(commitment, signal);
        return encoding ?? missing('there is no such circuit, or its encoding was not kept');
      }),
    listComputations: ({ query: { circuit, ...page } }) =>
      found([400, 503], () => open().computations(circuit, pageOf(page))),
    recordComputation: ({ body: { computation, endedMs } }) =>
      found([400, 404, 409, 503], () => open().record(computation, endedMs)),
    getPartyKey: () => found([503], async () => ({ key: await open().partyKey() })),
    takePart: ({ body: { waitSeconds = 60, withinSeconds = 600, ...task } }) =>
      found([400, 404, 409, 413, 503], () =>
        open().takePart({ ...task, meetMs: waitSeconds * 1000, totalMs: withinSeconds * 1000 }),
      ),
    getComputation: ({ params: { id } }) =>
      found([404, 503], async () => (await open().computation(id)) ?? missing('there is no such record')),
  };
}

interface Found<Body> {
  readonly status: 200;
  readonly body: Body;
}

interface Refused<Status> {
  readonly status: Status;
  readonly body: { readonly error: string };
}

/** @param statuses of refusals that the description of the operation has */
async function found<Body, Status extends ComputationRefused['status']>(
  statuses: readonly Status[],
  work: () => Promise<Body>,
): Promise<Found<Body> | Refused<Status>> {
  try {
    return { status: 200, body: await work() };
  } catch (error) {
    if (!(error instanceof ComputationRefused)) throw error;
    const status = statuses.find((each) => each === error.status);
    if (status === undefined) throw error;
    return { status, body: { error: error.message } };
  }
}

function missing(message: string): never {
  throw new ComputationRefused(404, message);
}

function pageOf({
  limit,
  before,
}: {
  readonly limit?: string | undefined;
  readonly before?: string | undefined;
}): PageQuery {
  return { limit: limit === undefined ? undefined : Number(limit), before };
}
