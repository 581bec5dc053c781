/** Operations with keys, as plain as they can be, for tests of what stands below them. */
import { admit } from '../../engine/admit.ts';
import { bytesOf, required } from '../../engine/input.ts';
import { currentVersion } from '../../engine/key-record.ts';
import { type KmsOperation, operation } from '../../ops/row.ts';
import { control, handleBytes, newHandle } from '../../store/control-call.ts';
import { useKey } from '../../store/use-key.ts';

const generateMac = operation('GenerateMac', async (context, call) => {
  const { key } = await admit(context.view, call);
  const handle = handleBytes(required(currentVersion(key), 'a version').handle);
  const message = required(bytesOf(call.input, 'Message'), 'Message');
  const facts = { keyIds: [key.keyId] };
  const { output } = await useKey(context, call, facts, () => ({ kind: 'mac', handle, message }));
  return { Mac: output };
});

/** Takes the wrapped material for the plain one: unwrapping is not what is tested. */
const importKeyMaterial = operation('ImportKeyMaterial', async (context, call) => {
  const material = new Uint8Array(required(bytesOf(call.input, 'EncryptedKeyMaterial'), 'material'));
  const materialId = Buffer.from(material).toString('hex').padEnd(64, '0').slice(0, 64);
  return control(context, call, { materialId, handle: newHandle(context) }, { material });
});

export const plainUses: readonly KmsOperation[] = [generateMac, importKeyMaterial];
