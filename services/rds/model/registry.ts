/** Where records about instances are kept, beside the domains of their data. */
import { createHash } from 'node:crypto';

/** Of the registry's domain: the same in every gateway. */
export const registryAddress: Buffer = createHash('sha256').update('hypergate/rds/v1').digest();
