import { setupCotReceiver, setupCotSender } from '../../ot/extension.ts';
import type { Protocol } from '../../protocol.ts';
import { maliciousProtocol } from './session.ts';

export const malicious: Protocol = maliciousProtocol({ setupCotSender, setupCotReceiver });
