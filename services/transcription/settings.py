# SPDX-License-Identifier: EUPL-1.2
"""Transcription's settings. `docs/settings.md` is made from the descriptions here."""

from pathlib import Path

from pydantic import Field, PositiveFloat, PositiveInt, SecretStr
from pydantic_settings import SettingsConfigDict

from kernel.files import cache_folder
from kernel.settings import ServiceSettings


class TranscriptionSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="TRANSCRIPTION_", extra="ignore")

    weights_folder: Path = Field(
        default_factory=lambda: cache_folder() / "whisper-base",
        description="Whisper weights in CTranslate2 form: a folder with model.bin, config.json, tokenizer.json and the "
        "vocabulary. Unset: the base weights that `python -m deploy.servers.weights` fetches, which are good for a "
        "demonstration only. KB-Whisper in the same form is a folder like any other.",
    )
    weights_name: str = Field(default="whisper-base", description="What the weights are called in every transcript.")
    weights_fit_for_use: bool = Field(
        default=False,
        description="The municipality has measured these weights on its own recordings and found them good enough. "
        "Without it every transcript says that it is not fit for use; the base weights never are.",
    )
    voices_file: Path = Field(
        default_factory=lambda: cache_folder() / "voices.npz",
        description="Weights that tell voices apart, as the same command writes them.",
    )
    processor: str = Field(default="cpu", pattern="^(cpu|cuda)$", description="Where the recogniser runs: cpu or cuda.")
    number_type: str = Field(
        default="int8",
        description="Numbers the recogniser computes with: int8 for a CPU, float16 or int8_float16 for a GPU.",
    )
    cpu_threads: PositiveInt = Field(
        default=1, description="Threads of one recognition. More than one makes a busy machine slower, not faster."
    )
    beam_size: PositiveInt = Field(default=5, description="How many readings are followed at once.")
    doubtful_word_probability: float = Field(
        default=0.65,
        ge=0.0,
        le=1.0,
        description="A word that the recogniser holds less probable than this is marked doubtful. At 0.65 the base "
        "weights mark four of five words that they misheard (evaluation/transcription).",
    )
    longest_recording_seconds: PositiveFloat = Field(
        default=3 * 3600.0, description="The longest recording that is accepted. An hour takes about 350 MB of memory."
    )
    files_url: str = Field(
        default="",
        pattern=r"^(s3://[a-z0-9][a-z0-9.-]+(/[A-Za-z0-9._/-]*)?)?$",
        description="The bucket that recordings are kept in, as `s3://bucket` or `s3://bucket/prefix`. It must exist. "
        "Empty: a folder under the state folder, which every process of the service must then share.",
    )
    files_endpoint: str = Field(
        default="", description="Where the object storage is, such as `https://s3.kommun.example`. Empty: Amazon's own."
    )
    files_region: str = Field(default="", description="The bucket's region, as the object storage names it.")
    files_access_key: str = Field(
        default="", description="The name of the key to the bucket. Empty: the credentials of the machine or pod."
    )
    files_secret_key: SecretStr = Field(default=SecretStr(""), description="The secret that belongs to the key.")
    files_timeout_seconds: PositiveFloat = Field(
        default=20.0, description="Give up on one request to the object storage, of at most 8 MB, after this."
    )
    languages: tuple[str, ...] = Field(
        default=("sv", "da", "nb", "nn", "en", "fi"),
        description="Languages that a recording may be in. The uploader says which: guessing is wrong too often.",
    )
