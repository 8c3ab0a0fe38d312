"""What AWS answers, as it answers it, and what it becomes: retried, failed at once, or nothing wrong."""

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from shared import errors
from shared.aws.refusals import translated
from shared.errors import AccessDenied, AwsUnavailable, PermanentError, TransientError


def answer(code, message="", status=400, operation="GetObject"):
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}, operation
    )


def translation(error):
    with pytest.raises(errors.PipelineError) as caught, translated("reading s3://in/a.jpg"):
        raise error
    return caught.value


SSE_C = (
    "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve"
    " the object."
)


@pytest.mark.parametrize(
    ("code", "message", "status", "name"),
    [
        ("NoSuchKey", "The specified key does not exist.", 404, "NotFound"),
        ("NoSuchVersion", "The specified version does not exist.", 404, "NotFound"),
        ("404", "Not Found", 404, "NotFound"),
        ("MethodNotAllowed", "The specified method is not allowed against this resource.", 405, "NotFound"),
        ("PreconditionFailed", "", 412, "PreconditionFailed"),
        ("ConditionalRequestConflict", "", 409, "PreconditionFailed"),
        ("AccessDenied", "Access Denied", 403, "AccessDenied"),
        ("403", "Forbidden", 403, "AccessDenied"),
        ("AccessDeniedException", "", 400, "AccessDenied"),
        ("AuthorizationError", "", 403, "AccessDenied"),
        ("InvalidObjectState", "The operation is not valid for the object's storage class", 403, "ObjectArchived"),
        ("InvalidRequest", SSE_C, 400, "CustomerKeyRequired"),
        ("InvalidRequest", "Missing required header", 400, "RequestInvalid"),
        ("KeyTooLongError", "Your key is too long", 400, "RequestInvalid"),
        ("KMS.DisabledException", "arn:aws:kms:…:key/1 is disabled.", 400, "KeyUnusable"),
        ("KMS.NotFoundException", "", 400, "KeyUnusable"),
        ("KMS.KMSInvalidStateException", "… is pending deletion.", 400, "KeyUnusable"),
        ("KMS.ThrottlingException", "", 400, "AwsUnavailable"),
        ("KMS.KMSInternalException", "", 500, "AwsUnavailable"),
        ("SlowDown", "", 503, "AwsUnavailable"),
        ("ThrottlingException", "", 400, "AwsUnavailable"),
        ("ProvisionedThroughputExceededException", "", 400, "AwsUnavailable"),
        ("RequestTimeout", "", 400, "AwsUnavailable"),
        ("ExpiredToken", "", 400, "AwsUnavailable"),
        ("RequestTimeTooSkewed", "", 403, "AwsUnavailable"),
        ("InternalError", "", 500, "AwsUnavailable"),
        ("NoSuchBucket", "", 404, "AwsUnavailable"),
        ("400", "Bad Request", 400, "AwsUnavailable"),
    ],
)
def test_each_answer_of_aws_becomes_one_error(code, message, status, name):
    error = translation(answer(code, message, status))
    assert type(error).__name__ == name
    assert str(error).startswith(("reading s3://in/a.jpg: ", "AccessDenied reading s3://in/a.jpg "))


@pytest.mark.parametrize(
    "error",
    [ConnectTimeoutError(endpoint_url="x"), ReadTimeoutError(endpoint_url="x"), TimeoutError("t"), OSError("reset")],
)
def test_what_gets_no_answer_is_transient(error):
    assert isinstance(translation(error), AwsUnavailable)


def test_what_waiting_cannot_change_is_permanent_and_the_rest_is_not():
    permanent = {each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, PermanentError)}
    assert {"ObjectArchived", "CustomerKeyRequired", "KeyUnusable", "RequestInvalid"} <= {
        each.__name__ for each in permanent
    }
    assert issubclass(AccessDenied, TransientError)
    assert AccessDenied.max_attempts is None


# https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
ROLE = "arn:aws:sts::123456789012:assumed-role/photos-resize/photos-resize"


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (
            (
                f'User: {ROLE} is not authorized to perform: s3:GetObjectVersion on resource: "arn:aws:s3:::in/a.jpg"'
                " because no identity-based policy allows the s3:GetObjectVersion action"
            ),
            "(role photos-resize). Grant s3:GetObjectVersion, then: pipeline dlq replay --error AccessDenied",
        ),
        (
            (
                f'User: {ROLE} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::in/a.jpg"'
                " with an explicit deny in a resource-based policy"
            ),
            "(role photos-resize). An explicit deny in a resource-based policy forbids s3:GetObject: change it, then:",
        ),
        (
            (
                f"User: {ROLE} is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:eu-west-1:1:key/2"
                " because no identity-based policy allows the kms:Decrypt action"
            ),
            "(role photos-resize). Grant kms:Decrypt, then:",
        ),
        (
            "The ciphertext refers to a KMS key that you may not access",
            "(the service's role). Grant kms:Decrypt, then:",
        ),
        ("Access Denied", "(the service's role). Grant s3:GetObject, then:"),
        ("", "(the service's role). Grant s3:GetObject, then:"),
    ],
)
def test_a_refusal_names_the_object_the_role_and_what_to_grant(message, text):
    said = str(translation(answer("AccessDenied", message, 403)))
    assert said.startswith(f"AccessDenied reading s3://in/a.jpg {text}")


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("HeadObject", "s3:GetObject"),
        ("DeleteObjects", "s3:DeleteObject"),
        ("UpdateItem", "dynamodb:UpdateItem"),
        ("Publish", "sns:Publish"),
        ("PutObject", "s3:PutObject"),
    ],
)
def test_a_refusal_without_words_names_the_action_of_its_operation(operation, action):
    assert f"Grant {action}, then" in str(translation(answer("403", "Forbidden", 403, operation)))
