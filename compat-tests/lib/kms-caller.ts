/** One signed KMS caller over a raw connection: the load tools' client. Bodies are JSON, as AWS JSON 1.1 has them. */
import { createHash } from 'node:crypto';
import { RawConnection } from './raw-http.ts';
import type { CallerOptions } from './s3-caller.ts';
import { signRequest } from './sigv4.ts';

export type KmsInput = Readonly<Record<string, unknown>>;
export type KmsOutput = Readonly<Record<string, unknown>>;

/** What the service answered when it refused, or 0 and what happened to the connection. */
export class KmsRefusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(operation: string, status: number, code: string, message: string) {
    super(`${operation}: ${code}: ${message}`);
    this.status = status;
    this.code = code;
  }
}

/** Keeps one connection and opens a new one when the last failed. Not for concurrent calls. Byte strings go and come as base64. */
export class KmsCaller {
  readonly #options: Pick<CallerOptions, 'host' | 'port' | 'identity'>;
  #connection: RawConnection | undefined;

  constructor(options: Pick<CallerOptions, 'host' | 'port' | 'identity'>) {
    this.#options = options;
  }

  /** @throws KmsRefusal; what the system says of a broken connection */
  async call(operation: string, input: KmsInput): Promise<KmsOutput> {
    const { host, port, identity } = this.#options;
    const body = Buffer.from(JSON.stringify(input));
    const headers = signRequest(identity, {
      method: 'POST',
      path: '/',
      host: `${host}:${port}`,
      payloadHash: createHash('sha256').update(body).digest('hex'),
      service: 'kms',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `TrentService.${operation}`,
      },
    });
    headers['content-length'] = String(body.length);
    if (this.#connection === undefined || !this.#connection.open)
      this.#connection = await RawConnection.open({ host, port });
    const reply = await this.#connection.request('POST', '/', headers, body);
    if (reply.headers.get('connection')?.toLowerCase() === 'close') this.close();
    const answer = reply.body.length === 0 ? {} : (JSON.parse(reply.body.toString('utf8')) as KmsOutput);
    if (reply.status === 200) return answer;
    const code = String(answer.__type ?? 'unknown').replace(/^.*#/, '');
    throw new KmsRefusal(operation, reply.status, code, String(answer.message ?? answer.Message ?? ''));
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }
}
