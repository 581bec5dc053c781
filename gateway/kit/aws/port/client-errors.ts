/** Answers to what Node's HTTP parser refuses: there is no request then, only a socket. */
import type { Socket } from 'node:net';

/** What Node adds to the error of a refused message. */
export interface ClientError extends Error {
  readonly code?: string;
  readonly rawPacket?: Uint8Array;
}

interface Refusal {
  readonly status: string;
  readonly code: string;
  readonly message: string;
}

const badRequest: Refusal = {
  status: '400 Bad Request',
  code: 'BadRequest',
  message: 'An error occurred when parsing the HTTP request.',
};
const tooManyHeaders: Refusal = {
  status: '400 Bad Request',
  code: 'RequestHeaderSectionTooLarge',
  message: 'Your request header section exceeds the maximum allowed size.',
};
const timeout: Refusal = {
  status: '400 Bad Request',
  code: 'RequestTimeout',
  message:
    'Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.',
};
const incomplete: Refusal = {
  status: '400 Bad Request',
  code: 'IncompleteBody',
  message: 'You did not provide the number of bytes specified by the Content-Length HTTP header.',
};
const accessDenied: Refusal = { status: '403 Forbidden', code: 'AccessDenied', message: 'Access Denied' };

// A header line that names Authorization and holds a control character other than tab.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const unreadableAuthorization = /^authorization:[^\r\n]*[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/im;

export function refusalOf(error: ClientError): Refusal {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return tooManyHeaders;
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return timeout;
    case 'HPE_INVALID_EOF_STATE':
      return incomplete;
    case 'HPE_INVALID_HEADER_TOKEN': {
      const packet = Buffer.from(error.rawPacket ?? []).toString('latin1');
      return unreadableAuthorization.test(packet) ? accessDenied : badRequest;
    }
    default:
      return badRequest;
  }
}

/** Writes the refusal and closes. */
export function refuse(
  socket: Socket,
  error: ClientError,
  ids: { readonly requestId: string; readonly hostId: string },
): void {
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, code, message } = refusalOf(error);
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>${ids.requestId}</RequestId><HostId>${ids.hostId}</HostId></Error>`;
  socket.end(
    `HTTP/1.1 ${status}\r\nx-amz-request-id: ${ids.requestId}\r\nx-amz-id-2: ${ids.hostId}\r\nserver: Hypergate\r\n` +
      `content-type: application/xml\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    () => socket.destroySoon(),
  );
}
