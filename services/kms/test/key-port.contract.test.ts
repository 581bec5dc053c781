import { keyPortContract } from './key-port-contract.ts';
import { openKeyPortWorld } from './support/key-port-world.ts';

keyPortContract('KMS with custody that judges for itself', () => openKeyPortWorld());
