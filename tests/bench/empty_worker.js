// A Worker that does nothing: the cost of workerd itself, for the edge part of scripts/bench.

export default {
  fetch() {
    return new Response(null, { status: 204 });
  },
};
