/**
 * Paths of the AWS port that belong to no AWS service. They are looked at before anything else and need no signature, so they tell
 * no more than whether the gateway is well, and the one that changes something exists in developer mode only.
 */
import type { Health } from '@hypergate/openapi/admin';
import { isLocalCaller } from '../admin/guard.ts';
import { version } from '../version.ts';

export interface SystemRequest {
  header(name: string): string | undefined;
}

export interface SystemReply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface SystemRoute {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  handle(request: SystemRequest): Promise<SystemReply>;
}

export interface SystemModules {
  readonly health: () => Health;
  /** Undefined outside developer mode. */
  readonly reset: (() => Promise<void>) | undefined;
}

export function systemRoutes({ health, reset }: SystemModules): readonly SystemRoute[] {
  const routes: SystemRoute[] = [
    { method: 'GET', path: '/_hypergate/health/live', handle: async () => json(200, { live: true }) },
    {
      method: 'GET',
      path: '/_hypergate/health/ready',
      handle: async () => {
        const now = health();
        return json(now.ready ? 200 : 503, now);
      },
    },
    { method: 'GET', path: '/_localstack/health', handle: async () => json(200, localStackHealth(health())) },
  ];
  if (reset !== undefined)
    routes.push({ method: 'POST', path: '/_hypergate/reset', handle: (request) => runReset(request, reset) });
  return routes;
}

/** The form that LocalStack's own clients and wait scripts read. */
function localStackHealth(health: Health): object {
  const services = Object.fromEntries(
    health.services.map(({ name, ready }) => [name, ready ? 'running' : 'error']),
  );
  return { services, edition: 'hypergate', version };
}

async function runReset(request: SystemRequest, reset: () => Promise<void>): Promise<SystemReply> {
  // Any page in a browser of this machine can send a POST to loopback; none may empty the store.
  if (!isLocalCaller({ host: request.header('host'), origin: request.header('origin') })) {
    return json(403, { error: 'web pages may not reset the gateway' });
  }
  await reset();
  return json(200, { reset: true });
}

function json(status: number, body: object): SystemReply {
  return { status, contentType: 'application/json', body: `${JSON.stringify(body)}\n` };
}
