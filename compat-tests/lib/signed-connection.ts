/** Signed calls over one raw connection, which is opened again when the last one failed. Not for concurrent calls. */
import { createHash } from 'node:crypto';
import { RawConnection } from './raw-http.ts';
import type { CallerOptions } from './s3-caller.ts';
import { signRequest } from './sigv4.ts';

export type SignedOptions = Pick<CallerOptions, 'host' | 'port' | 'identity'>;

type RawReply = Awaited<ReturnType<RawConnection['request']>>;

export interface SignedCallParts {
  readonly method: string;
  /** Encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export class SignedConnection {
  readonly #options: SignedOptions;
  readonly #service: string;
  #connection: RawConnection | undefined;

  /** @param service name in the credential's scope */
  constructor(options: SignedOptions, service: string) {
    this.#options = options;
    this.#service = service;
  }

  /** @throws what the system says of a broken connection */
  async send({ method, path, headers, body }: SignedCallParts): Promise<RawReply> {
    const { host, port, identity } = this.#options;
    const signed = signRequest(identity, {
      method,
      path,
      host: `${host}:${port}`,
      payloadHash: createHash('sha256').update(body).digest('hex'),
      service: this.#service,
      headers,
    });
    signed['content-length'] = String(body.length);
    if (this.#connection === undefined || !this.#connection.open)
      this.#connection = await RawConnection.open({ host, port });
    const reply = await this.#connection.request(method, path, signed, body);
    if (reply.headers.get('connection')?.toLowerCase() === 'close') this.close();
    return reply;
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }
}
