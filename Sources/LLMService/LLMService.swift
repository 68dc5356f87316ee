// LLMService
