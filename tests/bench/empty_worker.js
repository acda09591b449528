// A Worker that does nothing: what workerd itself costs, for the edge part of scripts/bench.

export default {
  fetch() {
    return new Response(null, { status: 204 });
  },
};
