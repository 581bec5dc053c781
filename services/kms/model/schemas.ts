/** The schemas of the API, with the one member of ours: `KeyMetadata.KeyGeneration`, which clients that do not know it pass over. */
import { schemas as published } from '@hypergate/kit/aws/gen/kms';

const metadata = published.shapes.KeyMetadata;
if (metadata?.type !== 'structure') throw new Error('KMS has no KeyMetadata');

/** `KeyGeneration`: `distributed`, or `dealer` for a key whose secret was in one place when it was made or imported. */
export const schemas: typeof published = {
  ...published,
  shapes: {
    ...published.shapes,
    KeyMetadata: { ...metadata, members: { ...metadata.members, KeyGeneration: { shape: 'string' } } },
  },
};
