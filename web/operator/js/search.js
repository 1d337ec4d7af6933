// What a person looks for, as parameters of the API: an address of either side, a transaction id, a
// deposit's number or id.
const HASH = /^(0x)?[0-9a-f]{64}$/i;

// {seq} or {deposit_id} name one deposit, the others filter the list.
export function searchFor(text) {
  const typed = text.trim();
  if (typed === '') return {};
  if (/^#?\d{1,12}$/.test(typed)) return {seq: typed.replace('#', '')};
  if (HASH.test(typed)) return {txid: typed};
  if (/^\S+:\d+$/.test(typed)) return {deposit_id: typed};
  if (/^0x[0-9a-f]{40}$/i.test(typed)) return {deposit_address: typed.toLowerCase()};
  return {address: typed};
}
