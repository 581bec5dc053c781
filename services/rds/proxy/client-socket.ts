/** A client's socket, which may become encrypted: on request, or at once ("SSL Session Encryption" of PostgreSQL's manual). */
import { type SecureContext, TLSSocket } from 'node:tls';
import { Breach } from '../wire/errors.ts';
import { GatheredSocket } from './gathered-socket.ts';
import { proxyLimits } from './limits.ts';

const protocolName = 'postgresql';

export class ClientSocket extends GatheredSocket {
  readonly address: string;
  /** Of the listener. */
  readonly port: number | undefined;
  isEncrypted = false;
  serverName: string | undefined;

  constructor(handle: unknown) {
    super(handle);
    this.address = addressText(this.socket.remoteAddress);
    this.port = this.socket.localPort;
    this.socket.setNoDelay(true);
    this.socket.setKeepAlive(true, proxyLimits.keepAliveMs);
  }

  /**
   * Makes the handshake. @param isDirect it came unasked: the client must say then that it means PostgreSQL, so that nobody can
   * turn a browser on us @throws Breach
   */
  async secure(secureContext: SecureContext, isDirect: boolean): Promise<void> {
    const { socket: plain } = this;
    plain.pause();
    const begun = this.take(Number.MAX_SAFE_INTEGER);
    // The TLS socket begins with what it finds here.
    if (begun.length > 0) plain.unshift(begun);
    const encrypted = new TLSSocket(plain, {
      isServer: true,
      secureContext,
      ALPNProtocols: [protocolName],
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    encrypted.once('secure', resolve);
    const fail = () => reject(new Breach('the handshake failed'));
    encrypted.once('end', fail);
    encrypted.once('close', fail);
    this.replace(encrypted);
    await promise;
    if (isDirect && encrypted.alpnProtocol !== protocolName) {
      throw new Breach('direct TLS without its protocol name');
    }
    this.isEncrypted = true;
    const { servername } = encrypted as TLSSocket & { readonly servername?: string | false | null };
    this.serverName = servername || undefined;
  }
}

function addressText(address: string | undefined): string {
  return (address ?? '').replace('::ffff:', '');
}
