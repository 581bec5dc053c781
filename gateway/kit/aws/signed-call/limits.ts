/** What a kept call may hold. The port's own limits on requests lie below. Sizes in bytes. */
export const signedCallLimits = {
  methodBytesMax: 32,
  urlBytesMax: 32 * 1024,
  headersMax: 256,
  headerNameBytesMax: 255,
  headerValueBytesMax: 32 * 1024,
  payloadHashBytesMax: 128,
  bodyBytesMax: 1024 * 1024,
} as const;
