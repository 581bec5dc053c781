/** Both ends of a channel in this process, over TCP on loopback and encrypted as between parties. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { SecureChannel } from '../session/secure-channel.ts';

export async function tcpChannelPair(): Promise<readonly [SecureChannel, SecureChannel]> {
  const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const dialled = createConnection({ host: '127.0.0.1', port, noDelay: true });
  const [accepted] = (await once(server, 'connection')) as [Socket];
  server.close();
  const [a, b, transcript] = [randomBytes(32), randomBytes(32), randomBytes(32)];
  const channel = (socket: Socket, isInitiator: boolean): SecureChannel => {
    const [sendSecret, receiveSecret] = (isInitiator ? [a, b] : [b, a]).map((secret) =>
      Buffer.from(secret),
    ) as [Buffer, Buffer];
    const link = { isInitiator, peerKey: randomBytes(33), sendSecret, receiveSecret, transcript };
    return new SecureChannel(socket, 'peer', link, Buffer.alloc(0));
  };
  return [channel(dialled, true), channel(accepted, false)];
}
