package ollama.gateway.ratelimit;

/** See {@link Ticket#counted}. */
record CountedTicket(Decision decision) implements Ticket {

  @Override
  public void settle() {}
}
