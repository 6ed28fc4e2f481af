package ollama.gateway.config;

/**
 * Says no before the heap does, since a heap that is used up ends the process. What is read, parsed
 * and put in is announced here; now and then the heap is asked whether it still has room for that.
 * A quarter of it is always left to the requests that are served meanwhile.
 */
final class HeapRoom {
  private static final int UNASKED_BYTES = 256 << 10;

  private final Runtime runtime = Runtime.getRuntime();
  private final long reserve = runtime.maxMemory() / 4;
  private long announced;

  /** There is no room; caught where the name of the file is known. */
  static final class FullException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    FullException(long maxBytes) {
      super(
          "this takes more memory than the gateway has left of its "
              + (maxBytes >> 20)
              + " MiB: is it the settings file? If so, raise -Xmx");
    }

    @Override
    public String getMessage() {
      return String.valueOf(super.getMessage());
    }
  }

  /**
   * Announces that so many bytes will be allocated.
   *
   * @throws FullException if there is no room for them
   */
  void take(long bytes) {
    announced += bytes;
    if (announced >= UNASKED_BYTES) {
      long wanted = announced + reserve;
      announced = 0;
      if (free() < wanted) {
        collect(wanted);
      }
    }
  }

  /** What is used may be garbage. If hardly any is, collecting again and again won't help. */
  private void collect(long wanted) {
    System.gc();
    if (free() < wanted + reserve / 2) {
      throw new FullException(runtime.maxMemory());
    }
  }

  private long free() {
    return runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory();
  }
}
