import { MATCHES_MAX_COUNTED } from '@tributary/product';
import { type Answer, badRequest, type Problem, refuse } from './answer.ts';
import type { Call } from './call.ts';
import { entityTag, matchesWeakly, parseEntityTags } from './entity-tags.ts';
import { failureAnswer } from './failures.ts';
import { acceptedAnswer, commandBody, missingProduct, outcomeAnswer, productBody } from './outcomes.ts';
import { preconditionOf } from './preconditions.ts';
import {
  changeHeaders,
  createProductBody,
  type ProductPageBody,
  productPath,
  searchQuery,
  updateProductBody,
} from './schemas.ts';
import { type Checked, check, problemsOf } from './validation.ts';

export async function createProduct(call: Call): Promise<Answer> {
  const body = check(createProductBody, call.body);
  const input = commandInput(call);
  if (!body.ok || !input.ok) return badRequest(problemsOf(body, input));
  const result = await call.run('RestCreateProduct', { input: { ...body.value, ...input.value } });
  const asked = { async: prefersAsync(call), conditional: false };
  return outcomeAnswer(result, asked, ({ productId, version }) => ({
    status: 201,
    headers: { location: `/api/v1/products/${productId}`, ...(version !== null && { etag: entityTag(version) }) },
    body: { productId },
  }));
}

export async function getProduct(call: Call): Promise<Answer> {
  const path = check(productPath, call.params);
  if (!path.ok) return badRequest(path.problems);
  const { data, errors } = await call.run('RestProduct', { id: path.value.id });
  if (errors.length > 0) return failureAnswer(errors, 'read');
  if (!data?.product) return missingProduct;
  const etag = entityTag(data.product.version);
  const headers = { etag, 'cache-control': 'private, no-cache' };
  const known = parseEntityTags(call.header('if-none-match') ?? '');
  if (known !== null && matchesWeakly(known, etag)) return { status: 304, headers };
  return { status: 200, headers, body: productBody(data.product) };
}

export async function searchProducts(call: Call): Promise<Answer> {
  const query = check(searchQuery, call.query);
  if (!query.ok) return badRequest(query.problems);
  const { search, page, size } = query.value;
  if (page * size > MATCHES_MAX_COUNTED)
    return badRequest([
      { path: ['page'], code: 'OUT_OF_RANGE', message: `page × size is more than ${MATCHES_MAX_COUNTED}` },
    ]);
  const { data, errors } = await call.run('RestProductPage', { search: search ?? null, page, size });
  if (errors.length > 0 || !data?.productPage) return failureAnswer(errors, 'read');
  const { products, hasMore, totalCount, totalCountIsExact } = data.productPage;
  const body: ProductPageBody = {
    totalCount,
    totalCountIsExact,
    totalPages: Math.ceil(totalCount / size),
    page,
    size,
    hasMore,
    products: products.map(productBody),
  };
  return { status: 200, headers: { 'cache-control': 'private, no-cache' }, body };
}

export async function updateProduct(call: Call): Promise<Answer> {
  const path = check(productPath, call.params);
  const body = check(updateProductBody, call.body);
  const input = commandInput(call);
  if (!path.ok || !body.ok || !input.ok) return badRequest(problemsOf(path, body, input));
  const mismatches = otherIds(path.value.id, body.value);
  if (mismatches.length > 0) return badRequest(mismatches);
  const precondition = await preconditionOf(call, path.value.id);
  if (!precondition.ok) return precondition.answer;
  const { name, description, price } = body.value;
  const { expectedVersion } = precondition;
  const result = await call.run('RestUpdateProduct', {
    input: { id: path.value.id, name, description, price, expectedVersion, ...input.value },
  });
  const asked = { async: prefersAsync(call), conditional: precondition.conditional };
  return outcomeAnswer(result, asked, ({ product, version }) => {
    if (product === null)
      return refuse(410, {
        code: 'DELETED_SINCE',
        message: `The change was made as version ${version}, and the product has been deleted since.`,
      });
    return { status: 200, headers: { etag: entityTag(product.version) }, body: productBody(product) };
  });
}

export async function deleteProduct(call: Call): Promise<Answer> {
  const path = check(productPath, call.params);
  const input = commandInput(call);
  if (!path.ok || !input.ok) return badRequest(problemsOf(path, input));
  const precondition = await preconditionOf(call, path.value.id);
  if (!precondition.ok) return precondition.answer;
  const { id } = path.value;
  const { expectedVersion } = precondition;
  const result = await call.run('RestDeleteProduct', { input: { id, expectedVersion, ...input.value } });
  const asked = { async: prefersAsync(call), conditional: precondition.conditional };
  return outcomeAnswer(result, asked, async (payload) => {
    const read = await call.run('RestProduct', { id, minVersion: payload.version });
    const isGone = read.errors.length === 0 && !read.data?.product;
    if (!isGone) return acceptedAnswer(commandBody(payload.command, payload), asked);
    return { status: 200, body: { productId: payload.productId } };
  });
}

function prefersAsync(call: Call): boolean {
  return /(?:^|[,\s])respond-async(?:$|[,;\s])/i.test(call.header('prefer') ?? '');
}

function commandInput(call: Call): Checked<{ wait: 'NONE' | 'OUTCOME'; idempotencyKey?: string | undefined }> {
  const headers = check(changeHeaders, { 'Idempotency-Key': call.header('idempotency-key') ?? undefined });
  if (!headers.ok) return headers;
  const wait = prefersAsync(call) ? 'NONE' : 'OUTCOME';
  return { ok: true, value: { wait, idempotencyKey: headers.value['Idempotency-Key'] } };
}

function otherIds(id: string, body: { id?: string | undefined; productId?: string | undefined }): Problem[] {
  return (['id', 'productId'] as const)
    .filter((key) => body[key] !== undefined && body[key] !== id)
    .map((key) => ({ path: [key], code: 'ID_MISMATCH', message: 'the id differs from the one in the path' }));
}
