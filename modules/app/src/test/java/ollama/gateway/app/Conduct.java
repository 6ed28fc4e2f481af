package ollama.gateway.app;

/**
 * How the gateway behaves where nothing is refused: what it owes to clients and servers that keep
 * the rules. Each is tested on raw sockets by the test that it names; what is refused stands in
 * {@link ollama.gateway.http.wire.Rule}.
 */
enum Conduct {
  /** RFC 9110 section 10.1.1: who will be refused isn't told to send its body. */
  NO_CONTINUE_BEFORE_ALL_CHECKS(ExpectContinueTest.class, "continueIsNotSaidToWhoIsRefused"),
  /** RFC 9110 section 10.1.1: who has sent its body needn't be told. */
  NO_CONTINUE_BEHIND_A_BODY(ExpectContinueTest.class, "continueIsNotSaidToWhoSendsItsBodyAnyway"),
  /** RFC 9110 section 15.2: HTTP/1.0 knows no interim answers. */
  NO_CONTINUE_TO_HTTP_1_0(ExpectContinueTest.class, "continueIsNeverSaidToHttp10"),
  /** RFC 9112 section 9.3: a refusal that isn't about framing keeps the connection. */
  REFUSAL_KEEPS_THE_CONNECTION(
      AccessTest.class, "aRefusalKeepsTheConnectionEvenWithABodyThatNobodyReads"),
  /** RFC 9112 section 9.3: a body that nobody wants is dropped up to a bound, else it's the end. */
  UNWANTED_BODY_IS_BOUNDED(ConductTest.class, "anUnwantedBodyBeyondABoundEndsTheConnection"),
  /** RFC 9112 section 9.6: who sends all before it reads hears an early answer too. */
  EARLY_ANSWER_IS_HEARD(EarlyAnswersTest.class, "aClientThatSendsAllBeforeItReadsGoesOn"),
  /** RFC 9112 section 2.2. */
  ONE_EMPTY_LINE_BEFORE_A_REQUEST_IS_SKIPPED(
      ConductTest.class, "oneEmptyLineBeforeARequestIsSkipped"),
  /** RFC 9112 section 11.2: nothing behind a framing error is read as a request. */
  FRAMING_ERROR_ENDS_THE_CONNECTION(DifferentialTest.class, "whatIsRefusedIsNotHeard"),
  /** RFC 9112 section 11.2: what is forwarded has one meaning. */
  FORWARDED_ONCE_AND_AS_MEANT(DifferentialTest.class, "whatIsForwardedIsHeardAsItWasMeant"),
  /** RFC 9112 section 8: half a request is none. */
  HALF_A_REQUEST_IS_NONE(DifferentialTest.class, "aRequestThatWasHalfSentIsNeverHeardAsAWhole"),
  /** RFC 9112 section 9.3.2. */
  PIPELINED_IN_ORDER(StreamingTest.class, "pipelinedRequestsAreAnsweredInTheirOrder"),
  /** RFC 9112 section 9.3.2: a next request doesn't hide that the client left. */
  LEAVING_IS_SEEN_BEHIND_PIPELINED_REQUESTS(CancelTest.class, "withTheNextRequestPipelined"),
  /** The same when that is more than is kept. */
  LEAVING_IS_SEEN_BEHIND_MUCH(CancelTest.class, "withMuchPipelinedBeforeTheFirstByte"),
  /** RFC 9112 section 9.6: a client that closes its sending side wants no answer. */
  HALF_CLOSED_IS_GONE(CancelTest.class, "aClientThatClosesItsSendingSideOnlyHasLeftToo"),
  /** RFC 9112 sections 7.1.1 and 7.1.2: both are of one hop, and trailers are never merged. */
  EXTENSIONS_AND_TRAILERS_OF_REQUESTS_ARE_DROPPED(
      UploadTest.class, "trailersAndExtensionsOfChunksAreDropped"),
  /** The same of answers. */
  EXTENSIONS_AND_TRAILERS_OF_ANSWERS_ARE_DROPPED(
      StreamingTest.class, "trailersAndExtensionsOfChunksAreDropped"),

  /** RFC 9110 section 15.6.3: while nothing was sent, a malformed answer is a 502. */
  MALFORMED_ANSWER_IS_A_BAD_GATEWAY(
      ServerAnswersTest.class, "aMalformedAnswerIsABadGatewayAndIsNotTriedElsewhere"),
  /** RFC 9112 section 8: what was cut off never ends cleanly. */
  CUT_ANSWER_IS_ABORTED(ServerAnswersTest.class, "anAnswerThatIsCutOffIsCutOffForTheClientToo"),
  /** RFC 9112 section 11.1: an answer is neither two nor another one's. */
  ONE_ANSWER_IS_ONE(AnswerDifferentialTest.class, "aWholeAnswerIsThatAndNoMore"),
  /** RFC 9112 section 8: a broken answer is an error or aborted. */
  BROKEN_ANSWER_IS_NEVER_WHOLE(AnswerDifferentialTest.class, "aBrokenAnswerIsAnErrorOrAborted"),
  /** RFC 9110 section 15.2. */
  INTERIM_ANSWERS_TO_HTTP_1_1_ONLY(
      ServerAnswersTest.class, "interimAnswersGoToClientsOfHttp11Only"),
  /** RFC 9110 section 7.8: no upgrade is ever asked for, so none is agreed to. */
  SWITCHING_PROTOCOLS_IS_NEVER_FORWARDED(ConductTest.class, "switchingProtocolsIsNeverForwarded"),
  /** RFC 9112 section 6.3: HEAD, 1xx, 204 and 304. */
  NO_BODY_WHERE_NONE_CAN_BE(ConductTest.class, "noBodyIsReadOrSentWhereNoneCanBe"),
  /** RFC 9112 section 6.1: a server that announces a body there isn't asked again. */
  FORBIDDEN_BODY_ENDS_THE_CONNECTION(
      ConductTest.class, "aServerThatAnnouncesABodyWhereNoneCanBeLosesItsConnection"),
  /** RFC 9112 section 6.3. */
  UNTIL_CLOSE_IS_SENT_ON_IN_CHUNKS(ConductTest.class, "whatEndsWithTheConnectionIsSentOnInChunks"),

  /** RFC 3986 section 6: each path has one spelling before anything is decided by it. */
  SEVERAL_SLASHES_ARE_ONE(AccessTest.class, "severalSlashesAreOne"),
  /** RFC 9110 section 7.6.1. */
  NAMES_IN_CONNECTION_ARE_REMOVED(ConductTest.class, "whatConnectionNamesIsRemovedBothWays"),
  /** RFC 9110 section 7.6.1. */
  FIELDS_OF_THE_HOP_ARE_REMOVED(ConductTest.class, "fieldsOfTheHopAreRemovedBothWays"),
  /** RFC 9110 section 10.1.4: trailers are dropped here, so nobody is asked for them. */
  TE_IS_NEVER_FORWARDED(ConductTest.class, "teIsNeverForwarded"),
  /** RFC 9110 section 7.6.2. */
  MAX_FORWARDS_IS_HONOURED(ConductTest.class, "maxForwardsOfZeroIsAnsweredHere"),
  /** RFC 9110 section 10.2.2: a redirect leads to where the client can go. */
  REDIRECTS_LEAD_THROUGH_THE_GATEWAY(ConductTest.class, "aRedirectLeadsThroughTheGateway"),
  /** RFC 9110 section 11.6.2: credentials for the gateway are for the gateway. */
  CREDENTIALS_ARE_REMOVED(ConductTest.class, "credentialsAreRemovedWhateverTheirCase"),
  /** RFC 9110 section 7.6.3. */
  VIA_IS_ADDED(ConductTest.class, "viaIsAddedBehindThoseBefore"),
  /** RFC 9110 section 7.2. */
  HOST_IS_THE_SERVERS_OWN(ConductTest.class, "theHostIsTheServersOwnAndTheClientsIsTold"),
  /** RFC 7239 section 8.1: anybody can claim anything. */
  WHERE_IT_COMES_FROM_IS_REPLACED(ConductTest.class, "whereARequestComesFromIsReplaced"),

  /** {@code timeouts.headSeconds}. */
  HEAD_SECONDS(TimeoutsTest.class, "headSecondsIsARequestTimeout"),
  /** {@code timeouts.keepAliveSeconds}. */
  KEEP_ALIVE_SECONDS(TimeoutsTest.class, "keepAliveSecondsClosesAnIdleConnection"),
  /** {@code timeouts.bodyIdleSeconds}. */
  BODY_IDLE_SECONDS(TimeoutsTest.class, "bodyIdleSecondsIsARequestTimeout"),
  /** {@code timeouts.writeStallSeconds}. */
  WRITE_STALL_SECONDS(TimeoutsTest.class, "writeStallSecondsGivesUpAClientThatStopsReading"),
  /** {@code timeouts.connectMillis}. */
  CONNECT_MILLIS(TimeoutsTest.class, "connectMillisIsFollowedByTheNextServer"),
  /** {@code timeouts.firstByteSeconds}. */
  FIRST_BYTE_SECONDS(TimeoutsTest.class, "firstByteSecondsIsAGatewayTimeoutAndIsNotTriedElsewhere"),
  /** {@code timeouts.upstreamIdleSeconds}. */
  UPSTREAM_IDLE_SECONDS(TimeoutsTest.class, "upstreamIdleSecondsAbortsTheClient"),
  /** {@code timeouts.drainSeconds}. */
  DRAIN_SECONDS(DrainTest.class, "whatDoesNotEndInTimeIsCut"),

  /** {@code timeouts.lingerSeconds}. */
  LINGER_SECONDS(UnwantedBodyTest.class, "eachOfTheseSettingsIsAllThatAnUnwantedBodyGets"),

  /** {@code limits.headBytes}. */
  HEAD_BYTES(LimitsTest.class, "headBytes"),
  /** {@code limits.fields}. */
  FIELDS(LimitsTest.class, "fields"),
  /** {@code limits.targetBytes}. */
  TARGET_BYTES(LimitsTest.class, "targetBytes"),
  /** {@code limits.bodyBytes}, as it is said. */
  BODY_BYTES_SAID(BodyLimitsTest.class, "aBodyLargerThanTheLimitIsRefusedBeforeItIsSent"),
  /** {@code limits.bodyBytes}, as they come. */
  BODY_BYTES_COME(BodyLimitsTest.class, "aChunkedBodyIsRefusedWhenItPassesTheLimit"),
  /** {@code limits.replayBytes}. */
  REPLAY_BYTES(RetriesTest.class, "aBodyThatIsTooLargeToBeKeptIsNotSentTwice"),
  /** {@code limits.connections}. */
  CONNECTIONS(LimitsTest.class, "connections"),
  /** {@code limits.connectionsPerAddress}. */
  CONNECTIONS_PER_ADDRESS(LimitsTest.class, "connectionsPerAddress"),
  /** {@code limits.reservedConnections}. */
  RESERVED_CONNECTIONS(LimitsTest.class, "reservedConnections");

  private final Class<?> tests;
  private final String test;

  Conduct(Class<?> tests, String test) {
    this.tests = tests;
    this.test = test;
  }

  /** The class of the test. */
  Class<?> tests() {
    return tests;
  }

  /** The name of the test. */
  String test() {
    return test;
  }
}
