/** What a request document may cost before it is refused. The port limits bodies per operation as well. */

/** A CompleteMultipartUpload of 10,000 parts with every checksum is about 5 MB, a DeleteObjects of 1,000 keys of escaped characters about 7 MB. */
export const documentBytesMax = 16 * 1024 * 1024;
export const xmlDepthMax = 32;
export const xmlElementsMax = 400_000;
export const xmlAttributesMax = 32;
/** DynamoDB allows 32 levels of nested attribute values, each two levels of JSON. */
export const jsonDepthMax = 100;
export const formFieldsMax = 10_000;
/** Segments of a query-protocol name: `A.member.1.B.entry.2.value`. */
export const formDepthMax = 32;
