/**
 * What functions reach besides 127.0.0.1:4566: the AWS port under the number that it has outside, so that addresses of queues and URLs hold inside as
 * well; and, where a function is trusted, the ports of Redis, CQL and PostgreSQL, which ask for their own passwords.
 */
import { connect, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import type { ServiceSettings } from '@hypergate/kit';
import type { Door } from '../executor/isolation/network.ts';

/** @param serve takes connections to the AWS port that are not encrypted */
export function furtherDoors(
  settings: Pick<ServiceSettings, 'awsEndpoint' | 'otherPorts' | 'host'>,
  serve: (socket: Socket) => void,
): readonly Door[] {
  const passTo = (port: number) => (socket: Socket) => passOn(socket, settings.host ?? '127.0.0.1', port);
  const aws = settings.awsEndpoint?.();
  const further = (settings.otherPorts?.() ?? []).map((port) => ({
    port,
    isForTrusted: true,
    connect: passTo(port),
  }));
  if (aws === undefined) return further;
  const isPlain = aws.scheme === 'http';
  return [{ port: aws.port, isForTrusted: false, connect: isPlain ? serve : passTo(aws.port) }, ...further];
}

function passOn(socket: Socket, host: string, port: number): void {
  const there = connect({ host: host.replace(/^\[(.*)\]$/, '$1'), port });
  // Either end closes both, whatever it closes for.
  pipeline(socket, there, () => socket.destroy());
  pipeline(there, socket, () => there.destroy());
}
